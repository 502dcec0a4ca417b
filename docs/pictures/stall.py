"""Draws what a pause of an endpoint does to the times that an open and a closed loop report. `make` calls this script."""

import asyncio
import json
import pathlib
import subprocess
import sys
import threading
import time

BINARY = sys.argv[1]
# Requests a second, and when the endpoint pauses, in seconds.
RATE, LENGTH, PAUSE = 200, 3, (1, 2)
FORMAT = """\
<svg viewBox="0 0 720 {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}">
<style>
text {{ font: 13px system-ui, sans-serif; fill: #24292f; }}
.back {{ fill: #ffffff; stroke: #d0d7de; }} .pause {{ fill: #eaeef2; }} .axis {{ stroke: #57606a; }} .dots {{ stroke: #0969da; stroke-width: 4; stroke-linecap: round; }}
.head {{ font-weight: 600; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e6edf3; }}
.back {{ fill: #161b22; stroke: #30363d; }} .pause {{ fill: #2b323b; }} .axis {{ stroke: #8b949e; }} .dots {{ stroke: #58a6ff; }}
}}
</style>
<rect class="back" x="0.5" y="0.5" width="719" height="{last}" rx="6"/>
{panels}</svg>
"""


class Endpoint:
    """Responds after five milliseconds, and to nothing during the pause. It remembers when each response began."""

    def __init__(self):
        self.start, self.ended = None, []
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1000))
        self.port = self.server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                number = json.loads(await reader.readexactly(length))["n"]
                self.start = self.start or time.monotonic()
                await asyncio.sleep(0.005)
                if PAUSE[0] <= time.monotonic() - self.start < PAUSE[1]:
                    await asyncio.sleep(self.start + PAUSE[1] - time.monotonic())
                self.ended.append((number, time.monotonic() - self.start))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()


def run(*pace):
    """The summary, and when each response was sent, by the numbers of the requests."""
    endpoint = Endpoint()
    command = [BINARY, "send", "--data", '{"n":0}', "--unique", "n:={n}", "--json", "--duration", f"{LENGTH}s", *pace]
    command += ["--provider", "github", "--secret", "S", "--url", f"http://127.0.0.1:{endpoint.port}/"]
    summary = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return summary, [ended for _, ended in sorted(endpoint.ended)]


def panel(top, title, points, p99):
    """One diagram: when each request was due or sent, and how long it took."""
    x = lambda seconds: 60 + seconds * 640 / LENGTH
    y = lambda seconds: top + 150 - seconds * 110
    begin, end = x(PAUSE[0]), x(PAUSE[1])
    out = [
        f'<rect class="pause" x="{begin:.0f}" y="{y(1.05):.0f}" width="{end - begin:.0f}" height="{1.05 * 110:.0f}"/>',
        f'<text class="head" x="60" y="{top + 22}">{title}: {len(points)} requests, p99 {p99:.0f} ms</text>',
        f'<path class="axis" fill="none" d="M{x(0):.0f} {y(1.05):.0f}V{y(0):.0f}H{x(LENGTH):.0f}"/>',
        f'<text x="52" y="{y(1) + 4:.0f}" text-anchor="end">1 s</text><text x="52" y="{y(0) + 4:.0f}" text-anchor="end">0</text>',
        f'<text x="{(begin + end) / 2:.0f}" y="{y(0) + 17:.0f}" text-anchor="middle">the endpoint pauses</text>',
    ]
    dots = "".join(f"M{x(at):.0f} {y(took):.0f}h0" for at, took in points if at <= LENGTH)
    out.append(f'<path class="dots" d="{dots}"/>')
    return "\n".join(out) + "\n"


# A request of the open loop is due at its number divided by the rate. The endpoint's clock starts with the first one.
summary, ended = run("--rate", str(RATE))
due = [number / RATE for number in range(len(ended))]
panels = panel(0, f"Open loop, {RATE} a second", [(at, max(end - at, 0)) for at, end in zip(due, ended)], summary["latency_ms"]["p99"])
# The closed loop sends a request when it has the response before.
summary_closed, ended = run("--concurrency", "1")
sent = [0, *ended[:-1]]
closed = [(at, end - at) for at, end in zip(sent, ended)]
panels += panel(180, "Closed loop, one connection", closed, summary_closed["service_ms"]["p99"])
label = (
    f"Two diagrams of the same endpoint, which pauses for a second. In the open loop, the requests that were due in the pause "
    f"wait up to a second. In the closed loop, one request does."
)
svg = FORMAT.format(height=370, last=369, panels=panels, label=label)
(pathlib.Path(__file__).parent / "stall.svg").write_text(svg)
