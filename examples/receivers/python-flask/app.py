# A webhook endpoint with Flask 3 on Python 3.9 or later: POST /webhook, signed in x-chatzuri-signature.
# Install: pip install flask waitress
# Run:     SECRET_KEY=… PORT=3000 python app.py

import hashlib
import hmac
import json
import os

from flask import Flask, jsonify, request

SECRET_KEY = os.environ.get("SECRET_KEY", "").encode()
if not SECRET_KEY:
    raise SystemExit("SECRET_KEY is not set")

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024  # larger bodies get 413


def is_genuine(body):
    # Two signature headers arrive as one value with a comma, which never equals a signature.
    given = request.headers.get("x-chatzuri-signature", "")
    expected = hmac.new(SECRET_KEY, body, hashlib.sha1).hexdigest()
    # Compare bytes: compare_digest raises on non-ASCII text.
    return hmac.compare_digest(given.encode(), expected.encode())


def parse_object(body):
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@app.route("/webhook", methods=["POST"], provide_automatic_options=False)
def webhook():
    # The raw bytes: the signature covers them, not the parsed JSON.
    body = request.get_data(cache=False)
    if not is_genuine(body):
        return jsonify(message="Signature didn't match"), 400
    event = parse_object(body)
    if event is None:
        return jsonify(message="Not a JSON object"), 400
    # Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return jsonify(status="accepted")


if __name__ == "__main__":
    from waitress import serve

    serve(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
