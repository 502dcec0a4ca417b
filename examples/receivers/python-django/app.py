# A webhook endpoint with Django 5 on Python 3.10 or later, in one file: POST /webhook, signed in
# x-chatzuri-signature. In your own project, copy `webhook` and what it calls into a views.py.
# Install: pip install django waitress
# Run:     SECRET_KEY=… PORT=3000 python app.py

import hashlib
import hmac
import json
import os

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

# The secret of the webhook. It is not Django's setting with the same name.
WEBHOOK_SECRET = os.environ.get("SECRET_KEY", "").encode()
if not WEBHOOK_SECRET:
    raise SystemExit("SECRET_KEY is not set")


def is_genuine(request, body):
    # Two signature headers arrive as one value with a comma, which never equals a signature.
    given = request.headers.get("x-chatzuri-signature", "")
    expected = hmac.new(WEBHOOK_SECRET, body, hashlib.sha1).hexdigest()
    # Compare bytes: compare_digest raises on non-ASCII text.
    return hmac.compare_digest(given.encode(), expected.encode())


def parse_object(body):
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@csrf_exempt
@require_POST
def webhook(request):
    try:
        # The raw bytes: the signature covers them, not the parsed JSON.
        body = request.body
    except RequestDataTooBig:
        return JsonResponse({"message": "Too large"}, status=413)
    if not is_genuine(request, body):
        return JsonResponse({"message": "Signature didn't match"}, status=400)
    event = parse_object(body)
    if event is None:
        return JsonResponse({"message": "Not a JSON object"}, status=400)
    # Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return JsonResponse({"status": "accepted"})


urlpatterns = [path("webhook", webhook)]

if __name__ == "__main__":
    from waitress import serve

    settings.configure(
        ROOT_URLCONF=__name__,
        DATA_UPLOAD_MAX_MEMORY_SIZE=2 * 1024 * 1024,
    )
    # waitress reads chunked bodies to their end and passes their length to Django. Some servers do not.
    serve(get_wsgi_application(), host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
