# A webhook endpoint with Flask 3 on Python 3.9 or later: POST /webhook.
# cz-hook: head
# Run:     python3 -m venv venv && venv/bin/pip install flask waitress && venv/bin/python app.py
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

from flask import Flask, jsonify, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024  # larger bodies get 413


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


@app.route("/webhook", methods=["POST"], provide_automatic_options=False)
def webhook():
    # The raw bytes: the signature covers them, not the parsed body.
    body = request.get_data(cache=False)
    # Two headers with one name arrive as one value with a comma, which is not a signature.
    if not is_genuine(request.headers.get, body):
        return jsonify(message="Signature didn't match"), 400
    event = parse_event(body)
    if event is None:
        return jsonify(message="Unexpected body"), 400
    # Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return jsonify(status="accepted")


if __name__ == "__main__":
    from waitress import create_server

    port = int(os.environ.get("PORT", "3000"))
    server = create_server(app, host="127.0.0.1", port=port)
    print(f"listening on http://127.0.0.1:{port}/webhook", flush=True)
    server.run()
