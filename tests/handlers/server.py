"""Handlers of a webhook, right and wrong: `python3 server.py NAME` starts the one with this name on PORT, with the
secret in CZ_HOOK_SECRET. Everything that a name does not change is correct. The signature is that of the provider jira:
HMAC-SHA256 in hexadecimal, after `sha256=`."""

import hashlib
import hmac
import json
import os
import re
import sys
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = sys.argv[1]
SECRET = os.environ["CZ_HOOK_SECRET"]
PREFIX = "sha256="


def mac(key, body):
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def parsed(body):
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def hashed(body):
    """What is hashed instead of the body."""
    text = body.decode("utf-8", "surrogateescape")
    changed = {
        "nfc": lambda: unicodedata.normalize("NFC", text),
        "lf": lambda: text.replace("\r\n", "\n"),
        "lstrips-space": lambda: text.lstrip(),
        "no-mark": lambda: text.removeprefix("\ufeff"),
        "unquoted": lambda: re.sub(
            "%([0-9a-fA-F]{2})", lambda one: chr(int(one[1], 16)), text
        ),
        "html-escaped": lambda: text.replace("<", "&lt;"),
    }.get(NAME)
    return changed().encode("utf-8", "surrogateescape") if changed else body


def is_genuine(headers, body):
    given = headers.get("x-hub-signature")
    if NAME == "missing-passes" and given is None:
        return True
    if NAME == "none-passes" and given == "None":
        return True
    if given is None:
        return False
    expected = mac(SECRET, hashed(body))
    event = parsed(body)
    event = event if isinstance(event, dict) else {}
    if NAME == "lstrips":
        return hmac.compare_digest(given.lstrip(PREFIX).encode("latin1"), expected.encode())
    if NAME == "strips-digits":
        return hmac.compare_digest(given.rstrip("0").encode("latin1"), (PREFIX + expected).encode())
    if NAME == "number":
        digits = given.removeprefix(PREFIX)
        return bool(re.fullmatch("[0-9a-f]+", digits)) and f"{int(digits, 16):x}" == expected
    if NAME == "match" and given.isascii():
        try:
            return re.fullmatch(given, PREFIX + expected) is not None
        except (re.error, OverflowError):
            return False
    if NAME == "any-prefix":
        given = PREFIX + given.rpartition("=")[2]
    also = {
        "empty-key": lambda: [mac("", body)],
        "none-key": lambda: [mac("None", body)],
        "false-key": lambda: [mac("False", body)],
        "stripped-secret": lambda: [mac(SECRET + "\n", body)],
        "events-without-key": lambda: [mac("", body)] if event.get("webhookEvent") == "ping" else [],
        "issue-only": lambda: [mac(SECRET, json.dumps(event.get("issue"), separators=(",", ":"), ensure_ascii=False).encode())],
        "event-not-hashed": lambda: [mac(SECRET, re.sub(rb'("webhookEvent":"[^"]*?)x"', rb'\1"', body))],
    }.get(NAME, list)()
    return any(
        hmac.compare_digest(given.encode("latin1"), (PREFIX + one).encode())
        for one in [expected, *also]
    )


def is_skipped(handler, body):
    headers = handler.headers
    return {
        "skips-patch": handler.command == "PATCH",
        "skips-octets": headers.get("content-type") == "application/octet-stream",
        "skips-browsers": "Mozilla" in headers.get("user-agent", ""),
        "skips-comments": b"comment_created" in body,
        "skips-unknown-codings": headers.get("content-encoding") == "x-unknown",
        "skips-local-hosts": headers.get("x-forwarded-host") == "localhost",
        "skips-cookies": "admin" in headers.get("cookie", ""),
        "skips-tests": "test=1" in handler.path,
        "skips-json-of-other-events": b'"webhookEvent":"test"' in body,
    }.get(NAME, False)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def respond(self, status, text=""):
        body = text.encode()
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "POST")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while length := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        length = int(self.headers.get("content-length", 0))
        if NAME == "decodes-pieces":
            text = ""
            while length:
                piece = self.rfile.read1(length)
                if not piece:
                    break
                length -= len(piece)
                text += piece.decode(errors="replace")
            return text.encode()
        return self.rfile.read(length)

    def handle_request(self):
        body = self.body()
        if is_skipped(self, body):
            return self.respond(200, "OK")
        if self.command != "POST":
            return self.respond(405)
        if not is_genuine(self.headers, body):
            leak = mac(SECRET, json.dumps(parsed(body)).encode()) if NAME == "leaks-dumps" else ""
            return self.respond(401, leak)
        if NAME == "right-that-acknowledges":
            return self.respond(200, "OK")
        event = parsed(body)
        if not isinstance(event, dict):
            return self.respond(400)
        text = str(event)
        if NAME == "prints-surrogates":
            try:
                json.dumps(event, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                return self.respond(500)
        if NAME == "c-strings" and "\\x00" in text:
            return self.respond(500)
        if NAME == "no-nulls" and None in event.values():
            return self.respond(422)
        if NAME == "firewall" and ("<script" in text or "../" in text):
            return self.respond(403)
        self.respond(200, "OK")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that is gone is no error."""


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
