"""Runs cz-hook like a reader of the README and draws its output. `make` calls this script."""

import hashlib
import hmac
import http.server
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = pathlib.Path(__file__).parent
BINARY = sys.argv[1]
SECRET = "test_secret"
# The maximum width of a picture in columns, which fits into a README.
MAX_WIDTH = 112

# The sixteen colors, with enough contrast on the dark background of the pictures.
THEME = TerminalTheme(
    (22, 27, 34),
    (220, 226, 232),
    [(110, 118, 129), (255, 123, 114), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221), (220, 226, 232)],
    [(139, 148, 158), (255, 161, 152), (126, 231, 135), (242, 204, 96), (165, 214, 255), (226, 197, 255), (179, 240, 255), (255, 255, 255)],
)

# The picture uses a monospaced font of the reader and downloads nothing.
FORMAT = """\
<svg class="rich-terminal" xml:space="preserve" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="ARIA">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def hook(*args, folder, **more):
    return subprocess.run(
        [BINARY, *args], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), check=False, **more
    ).stdout.decode()


def environment():
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "CZ_HOOK_SECRET": SECRET}


def draw(name, title, command, output, says):
    """Draws one picture: the command and its output."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", f"$ {command}\n{output}")
    width = min(max(len(line) for line in plain.splitlines()) + 1, MAX_WIDTH)
    console = Console(record=True, width=width, file=open("/dev/null", "w"), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "bold green"), (command, "bold")), soft_wrap=False)
    console.print(Text.from_ansi(output.rstrip("\n")), soft_wrap=False)
    # An empty line leaves space for the descenders of the last line.
    console.print("")
    # The id depends on the content, so the same run produces the same file.
    unique = "t" + hashlib.sha256(output.encode()).hexdigest()[:8]
    svg = console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id=unique)
    svg = svg.replace("ARIA", says)
    # Trailing white space is not part of a picture.
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"
    (HERE / f"{name}.svg").write_text(svg)


def verify(folder):
    body = '{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}'
    (folder / "body.json").write_text(body)
    command = "verify body.json --signature d7a0ef1da41734815321c3ec18e3ccdd72184e59 --secret test_secret"
    output = hook(*command.split(), "--color", "always", folder=folder)
    draw("verify", "cz-hook verify", f"cz-hook {command}", output, "cz-hook verify explains why a signature does not match")


def listen(folder):
    log = folder / "log"
    with log.open("wb") as out:
        listener = subprocess.Popen(
            [BINARY, "listen", "--port", "0", "--color", "always"], cwd=folder, stdout=out, stderr=subprocess.STDOUT, env=environment()
        )
    try:
        url = wait(lambda: re.search(r"listening on \S*?(http://[0-9.:]+)", log.read_text())).group(1)
        hook("send", "lead.submit", "--url", url, folder=folder)
        hook("send", "message.received", "--channel", "telegram", "--set", "payload.chatId=four", "--url", url, folder=folder)
        # A script that signs the output of `echo` with its newline, and sends the text without it.
        body = '{"eventType":"message.received","channel":"web","agentId":"a","payload":{"sessionId":"s","message":"Hi","conversationId":"c","pageUrl":"https://x.y/"}}'
        signature = hmac.new(SECRET.encode(), f"{body}\n".encode(), hashlib.sha1).hexdigest()
        request = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Chatzuri-Signature: {signature}\r\n\r\n{body}"
        (folder / "request.http").write_text(request)
        hook("replay", "request.http", "--url", url, folder=folder)
        wait(lambda: "cause" in log.read_text())
        time.sleep(0.3)
    finally:
        listener.terminate()
        listener.wait()
    output = log.read_text().replace(url, "http://127.0.0.1:8080")
    output = output.split("interrupted")[0]
    draw("listen", "cz-hook listen", "cz-hook listen --port 8080", output, "cz-hook listen shows deliveries as they come")


class Forgetful(http.server.BaseHTTPRequestHandler):
    """A handler with a common mistake: it verifies a signature only if the request has one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        expected = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        values = self.headers.get_all("x-chatzuri-signature") or []
        is_right = all(hmac.compare_digest(value.encode("latin-1"), expected.encode()) for value in values)
        status, text = (200, b'{"status":"accepted"}') if is_right else (400, b'{"message":"Signature didn\'t match"}')
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def test(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/webhook"
    output = hook("test", "--url", url, "--only", "refuse/*-signature", "--color", "always", folder=folder)
    server.shutdown()
    shown = "http://localhost:3000/webhook"
    draw("test", "cz-hook test", f"cz-hook test --url {shown} --only 'refuse/*-signature'", output.replace(url, shown), "cz-hook test finds an endpoint that accepts unsigned deliveries")


def wait(found):
    for _ in range(500):
        result = found()
        if result:
            return result
        time.sleep(0.01)
    sys.exit("make.py: timed out")


for picture in [verify, listen, test]:
    with tempfile.TemporaryDirectory() as place:
        picture(pathlib.Path(place))
        print(HERE / f"{picture.__name__}.svg")
