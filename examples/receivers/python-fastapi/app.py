# A webhook endpoint with FastAPI on Python 3.9 or later: POST /webhook, signed in x-chatzuri-signature.
# Install: pip install fastapi uvicorn
# Run:     SECRET_KEY=… PORT=3000 python app.py

import hashlib
import hmac
import json
import os

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

SECRET_KEY = os.environ.get("SECRET_KEY", "").encode()
if not SECRET_KEY:
    raise SystemExit("SECRET_KEY is not set")

MAX_BODY = 2 * 1024 * 1024

app = FastAPI()


async def read_body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def is_genuine(request, body):
    given = request.headers.getlist("x-chatzuri-signature")
    expected = hmac.new(SECRET_KEY, body, hashlib.sha1).hexdigest()
    # Compare bytes: compare_digest raises on non-ASCII text.
    return len(given) == 1 and hmac.compare_digest(given[0].encode(), expected.encode())


def parse_object(body):
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@app.post("/webhook")
async def webhook(request: Request):
    # The raw bytes: the signature covers them, not the parsed JSON.
    body = await read_body(request)
    if body is None:
        return JSONResponse({"message": "Too large"}, 413)
    if not is_genuine(request, body):
        return JSONResponse({"message": "Signature didn't match"}, 400)
    event = parse_object(body)
    if event is None:
        return JSONResponse({"message": "Not a JSON object"}, 400)
    # Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return JSONResponse({"status": "accepted"})


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
