"""Reads one case as JSON per line on standard input and writes one line for each: the protocol of libraries.mjs.

Only the vendor's library judges a delivery (`verify`) or signs one (`sign`).
"""

import base64
import datetime
import json
import logging
import sys
import time
import uuid
from types import SimpleNamespace

from Adyen.util import generate_notification_sig, is_valid_hmac_notification
from gidgethub.sansio import validate_event
from hubspot.utils.signature import Signature as HubSpotSignature
from paddle_billing.Notifications import Secret, Verifier
from pypaystack2 import PaystackClient
from pywa.utils import webhook_updates_validator
from slack_sdk.signature import SignatureVerifier
from square.utils.webhooks_helper import verify_signature
from standardwebhooks import Webhook
from viberbot import Api, BotConfiguration


class StandardWebhooks:
    def verify(self, case):
        Webhook(case.secret).verify(case.body, case.headers)  # raises when the delivery is not valid
        return True

    def sign(self, case):
        webhook_id = f"msg_{uuid.uuid4()}"
        at = datetime.datetime.now(datetime.timezone.utc)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(case.secret).sign(webhook_id, at, case.text),
        }


class Adyen:
    def verify(self, case):
        return is_valid_hmac_notification(json.loads(case.body), case.secret)

    def sign(self, case):
        """Puts the signature into the body, whose other bytes stay."""
        item = json.loads(case.body)["notificationItems"][0]["NotificationRequestItem"]
        signature = generate_notification_sig(item, case.secret).decode()
        old = json.dumps(item["additionalData"]["hmacSignature"])
        return case.text.replace(old, json.dumps(signature))


class GitHub:
    def verify(self, case):
        validate_event(case.body, signature=case.headers["x-hub-signature-256"], secret=case.secret)
        return True


class HubSpot:
    def verify(self, case):
        return HubSpotSignature.is_valid(
            case.headers["x-hubspot-signature-v3"],
            case.secret,
            case.text,
            case.url,
            case.method,
            "v3",
            case.headers["x-hubspot-request-timestamp"],
        )

    def sign(self, case):
        at = str(int(time.time() * 1000))
        signature = HubSpotSignature.get_signature(case.secret, case.text, "v3", case.url, "POST", at)
        return {"x-hubspot-request-timestamp": at, "x-hubspot-signature-v3": signature}


class HubSpotV2:
    def verify(self, case):
        return HubSpotSignature.is_valid(
            case.headers["x-hubspot-signature"], case.secret, case.text, case.url, case.method, "v2"
        )

    def sign(self, case):
        signature = HubSpotSignature.get_signature(case.secret, case.text, "v2", case.url)
        return {"x-hubspot-signature": signature}


class HubSpotV1:
    def verify(self, case):
        return HubSpotSignature.is_valid(
            case.headers["x-hubspot-signature"], case.secret, case.text, signature_version="v1"
        )

    def sign(self, case):
        return {"x-hubspot-signature": HubSpotSignature.get_signature(case.secret, case.text, "v1")}


class Paddle:
    def verify(self, case):
        headers = {"Paddle-Signature": case.headers.get("paddle-signature")}
        request = SimpleNamespace(headers=headers, body=case.body)
        # Five seconds, as by default, are not enough on a loaded machine.
        return Verifier(maximum_variance=300).verify(request, Secret(case.secret))


class Paystack:
    def verify(self, case):
        client = PaystackClient(secret_key=case.secret)
        return client.is_verified_webhook_payload(case.body, case.headers["x-paystack-signature"])


class PyWa:
    def verify(self, case):
        return webhook_updates_validator(case.secret, case.body, case.headers["x-hub-signature-256"])


class Slack:
    def verify(self, case):
        return SignatureVerifier(case.secret).is_valid_request(case.body, case.headers)

    def sign(self, case):
        at = str(int(time.time()))
        signature = SignatureVerifier(case.secret).generate_signature(timestamp=at, body=case.body)
        return {"x-slack-request-timestamp": at, "x-slack-signature": signature}


class Square:
    def verify(self, case):
        return verify_signature(
            request_body=case.text,
            signature_header=case.headers["x-square-hmacsha256-signature"],
            signature_key=case.secret,
            notification_url=case.url,
        )


class Viber:
    def verify(self, case):
        bot = Api(BotConfiguration(name="bot", avatar=None, auth_token=case.secret))
        return bot.verify_signature(case.body, case.headers["x-viber-content-signature"])


LIBRARIES = {
    "adyen": Adyen(),
    "gidgethub": GitHub(),
    "hubspot-api-client": HubSpot(),
    "hubspot-api-client, v2": HubSpotV2(),
    "hubspot-api-client, v1": HubSpotV1(),
    "paddle-python-sdk": Paddle(),
    "pypaystack2": Paystack(),
    "pywa": PyWa(),
    "slack-sdk": Slack(),
    "squareup": Square(),
    "standardwebhooks": StandardWebhooks(),
    "viberbot": Viber(),
}


def opened(request):
    """The body as bytes and as text, and the headers by their names."""
    body = base64.b64decode(request["body_base64"])
    headers = {name.lower(): value for name, value in request.get("headers", [])}
    return SimpleNamespace(**{**request, "body": body, "text": body.decode(), "headers": headers})


def answered(asked):
    library = LIBRARIES[asked["library"]]
    if "sign" in asked:
        signed = library.sign(opened(asked["sign"]))
        if isinstance(signed, str):
            return {"headers": [], "body_base64": base64.b64encode(signed.encode()).decode()}
        return {"headers": list(signed.items())}
    try:
        valid = library.verify(opened(asked["verify"]))
    except Exception as error:  # how many libraries say that a delivery is not valid
        return {"valid": False, "error": repr(error)}
    if not isinstance(valid, bool):
        raise TypeError(f"{asked['library']} says {valid!r}")
    return {"valid": valid}


# Standard output carries the protocol; what libraries print or log does not belong there.
output, sys.stdout = sys.stdout, sys.stderr
logging.disable(logging.CRITICAL)
for line in sys.stdin:
    print(json.dumps(answered(json.loads(line))), file=output, flush=True)
