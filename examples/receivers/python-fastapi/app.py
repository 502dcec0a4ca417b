# A webhook endpoint with FastAPI on Python 3.9 or later: POST /webhook.
# cz-hook: head
# Run:     python3 -m venv venv && venv/bin/pip install fastapi uvicorn && venv/bin/python app.py
# Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
# Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
# Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
#          a body that is not a JSON object: 400
# cz-hook: end

# cz-hook: imports
import hashlib
import hmac
# cz-hook: end
import json
import os

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

MAX_BODY = 2 * 1024 * 1024

app = FastAPI()


async def read_body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


# cz-hook: verify
def setting(name):
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


KEY = setting("CZ_HOOK_SECRET").encode()


def is_genuine(header, body):
    # Whether the request is signed as `chatzuri` signs: see the top.
    given = header("x-chatzuri-signature")
    if given is None:
        return False
    expected = hmac.new(KEY, body, hashlib.sha1).hexdigest()
    return is_equal(given, expected)


def is_equal(given, expected):
    # Compares bytes in constant time: compare_digest raises on text that is not ASCII.
    return hmac.compare_digest(given.encode("latin-1"), expected.encode("latin-1"))
# cz-hook: end


# cz-hook: parse
def parse_event(body):
    # The event; None when the body is not a JSON object.
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
# cz-hook: end


@app.post("/webhook")
async def webhook(request: Request):
    # The raw bytes: the signature covers them, not the parsed body.
    body = await read_body(request)
    if body is None:
        return JSONResponse({"message": "Too large"}, 413)

    def header(name):
        # The value of a header that the request has exactly once.
        values = request.headers.getlist(name)
        return values[0] if len(values) == 1 else None

    if not is_genuine(header, body):
        return JSONResponse({"message": "Signature didn't match"}, 400)
    event = parse_event(body)
    if event is None:
        return JSONResponse({"message": "Unexpected body"}, 400)
    # Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return JSONResponse({"status": "accepted"})


if __name__ == "__main__":
    import uvicorn

    port = int(os.environ.get("PORT", "3000"))
    print(f"listening on http://127.0.0.1:{port}/webhook", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port)
