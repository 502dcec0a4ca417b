# Webhooks for Locust, written by cz-hook:
#   CZ_HOOK_SECRET=… locust -f FILE --headless
# or one `locust -f FILE --headless --master --expect-workers 2` and two `locust -f FILE --worker`, each of which has to
# know their number: CZ_HOOK_WORKERS=2. CZ_HOOK_URL replaces the URL. The requests are those of cz-hook with the same
# --seed, each once in all workers.
import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import time

import gevent
from locust import FastHttpUser, events, task
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

PLAN = json.loads("@PLAN@")
SECRET = os.environ.get("CZ_HOOK_SECRET", "")
URL = os.environ.get("CZ_HOOK_URL") or PLAN["url"]
WORKERS = int(os.environ.get("CZ_HOOK_WORKERS", "1"))
# At least one user for each worker.
USERS = max(int(os.environ.get("CZ_HOOK_USERS", str(PLAN["connections"]))), WORKERS)
MASK = 0xFFFFFFFF


def draw(n, stream):
    """A random number that follows from the seed, the request and the purpose."""
    h = 0
    for word in (*PLAN["seed"], n & MASK, n >> 32, stream):
        h = ((h ^ word) + 0x9E3779B9) & MASK
        h = ((h ^ h >> 16) * 0x85EBCA6B) & MASK
        h = ((h ^ h >> 13) * 0xC2B2AE35) & MASK
        h ^= h >> 16
    return h


def kind_of(n):
    weights = PLAN["weights"]
    if weights is None:
        return n % len(PLAN["kinds"])
    if len(weights) < 2:
        return 0
    at = draw(n, 0) / 4294967296 * sum(weights)
    total = 0
    for i, weight in enumerate(weights):
        total += weight
        if at < total:
            return i
    return len(weights) - 1


def intent_of(n):
    at = draw(n, 1) / 4294967296
    total = PLAN["duplicate"]
    if at < total:
        return "duplicate"
    for how, share in PLAN["tamper"]:
        total += share
        if at < total:
            return how
    return "valid"


def original(n):
    """The earlier request that a duplicate repeats."""
    if n == 0:
        return None
    start = n - 1 - draw(n, 2) % min(n, 100)
    candidates = range(start, max(0, start - 100) - 1, -1)
    return next((m for m in candidates if intent_of(m) == "valid"), None)


def uuid(n, stream):
    h = "".join(f"{draw(n, stream + i):08x}" for i in range(4))
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{8 + int(h[16], 16) % 4:x}{h[17:20]}-{h[20:]}"


def fill(pieces, values):
    return "".join(piece if isinstance(piece, str) else values[piece[0]] for piece in pieces)


def key_of(kind):
    if kind["key"] == "raw":
        return SECRET.encode()
    text = SECRET.strip().removeprefix(kind["key_prefix"])
    if kind["key"] == "hex":
        return bytes.fromhex(text)
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def signature_of(kind, values, intent):
    algorithm = kind["other_algorithm" if intent == "algorithm" else "algorithm"]
    if algorithm is None:
        return ""
    key = key_of(kind) + (b"-another" if intent == "secret" else b"")
    if kind["token"]:
        return key.decode()
    text = fill(kind["signed"], values).encode()
    if algorithm == "sha256":
        digest = hashlib.sha256(text).digest()
    else:
        digest = hmac.new(key, text, algorithm.removeprefix("hmac-")).digest()
    if kind["encoding"] == "hex":
        return digest.hex()
    if kind["encoding"] == "base64":
        return base64.b64encode(digest).decode()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def request(n, now_ms):
    """The n-th request, as cz-hook sends it."""
    intent, content = intent_of(n), n
    if intent == "duplicate":
        content = original(n)
        if content is None:
            intent, content = "valid", n
    kind = PLAN["kinds"][kind_of(content)]
    seconds = now_ms // 1000
    values = {
        "n": str(content),
        "uuid": uuid(content, 3),
        "delivery_uuid": uuid(content, 7),
        "now_ms": str(now_ms),
        "now": str(seconds),
        "now_rfc3339": datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "secret": SECRET,
    }
    values["body"] = fill(kind["body"], values)
    signature = signature_of(kind, values, intent)
    if intent == "signature":
        signature = ("b" if signature.startswith("a") else "a") + signature[1:]
    if intent == "uppercase":
        signature = signature.upper()
    values["signature"] = signature
    body = values["body"].encode()
    if intent == "body":
        body = changed(body)
    headers = {}
    for name, pieces in kind["headers"]:
        is_signature = ["signature"] in pieces
        if is_signature and intent == "missing":
            continue
        headers[name] = fill(pieces, values)
        if is_signature and intent == "truncated":
            headers[name] = headers[name][: len(headers[name]) // 2]
    return intent, body, headers


def changed(body):
    """The body with another character: the last letter or digit before a closing quote that is not part of an escape, or
    else the last one."""
    ends = [match.start() for match in re.finditer(rb'[A-Za-z0-9](?=")', body)]
    whole = (at for at in reversed(ends) if not re.search(rb"\\[A-Za-z0-9]{0,4}$", body[max(0, at - 5) : at]))
    place = next(whole, len(body) - 1)
    return body[:place] + (b"y" if body[place : place + 1] == b"x" else b"x") + body[place + 1 :]


class Numbers:
    """The numbers of the requests of this process: every one that another process does not have."""

    def __init__(self):
        self.next = 0
        self.start = None
        # How many requests are under way.
        self.open = 0
        self.is_done = False

    def take(self, environment):
        if self.start is None:
            self.start = time.monotonic()
        runner = environment.runner
        first = max(0, runner.worker_index) if isinstance(runner, WorkerRunner) else 0
        n = self.next * WORKERS + first
        is_late = PLAN["duration"] is not None and self.elapsed() >= PLAN["duration"] and PLAN["count"] is None
        if is_late or (PLAN["count"] is not None and n >= PLAN["count"]):
            return None
        self.next += 1
        return n

    def elapsed(self):
        return time.monotonic() - self.start

    def rate(self):
        """The rate of all processes now."""
        at = self.elapsed()
        for length, before, after in PLAN["stages"]:
            if at < length:
                return before + (after - before) * at / length
            at -= length
        return PLAN["stages"][-1][2]


numbers = Numbers()


class Sender(FastHttpUser):
    host = URL

    def on_start(self):
        self.running = 0

    def wait_time(self):
        if not PLAN["stages"]:
            return 0
        wait = USERS / max(numbers.rate(), 0.1) - self.running
        return min(max(0, wait), 60)

    @task
    def send(self):
        n = numbers.take(self.environment)
        if n is None:
            if numbers.open == 0:
                done(self.environment.runner)
            raise StopUser()
        numbers.open += 1
        try:
            self.exchange(n)
        finally:
            numbers.open -= 1

    def exchange(self, n):
        began = time.monotonic()
        intent, body, headers = request(n, time.time_ns() // 1_000_000)
        wanted = 2 if intent in ("valid", "duplicate") else 4
        with self.client.request(
            PLAN["method"], URL, data=body, headers=headers, name=intent, allow_redirects=False, catch_response=True
        ) as response:
            if response.status_code // 100 == wanted:
                response.success()
            else:
                response.failure(f"unexpected status {response.status_code}")
        self.running = time.monotonic() - began


def done(runner):
    """This process has sent what is its own. A worker says so in its next report, which has all its times."""
    if not numbers.is_done and not isinstance(runner, WorkerRunner):
        gevent.spawn(runner.quit)
    numbers.is_done = True


ended = set()


@events.init.add_listener
def on_init(environment, **_):
    if not SECRET and any(kind["algorithm"] for kind in PLAN["kinds"]):
        raise SystemExit("set CZ_HOOK_SECRET")

    def add(data, **_):
        data["is_done"] = numbers.is_done

    def take(client_id, data):
        if data["is_done"]:
            ended.add(client_id)
            if len(ended) == len(environment.runner.clients):
                gevent.spawn(environment.runner.quit)

    if isinstance(environment.runner, WorkerRunner):
        environment.events.report_to_master.add_listener(add)
    if isinstance(environment.runner, MasterRunner):
        environment.events.worker_report.add_listener(take)


@events.init_command_line_parser.add_listener
def defaults(parser):
    parser.set_defaults(num_users=USERS, spawn_rate=max(USERS, 1))


@events.quitting.add_listener
def judge(environment, **_):
    if isinstance(environment.runner, WorkerRunner):
        return
    total = environment.stats.total
    counts = {
        "unexpected": total.num_failures,
        "unanswered": sum(error.occurrences for error in environment.stats.errors.values() if "status 0" in str(error.error)),
        "sent": total.num_requests,
    }
    failed = []
    for text, metric, operator, value in PLAN["conditions"]:
        if metric[0] == "quantile":
            actual = (total.get_response_time_percentile(metric[1]) or 0) * 1000
        elif metric[0] in ("mean", "max"):
            actual = (total.avg_response_time if metric[0] == "mean" else total.max_response_time) * 1000
        elif metric[0] == "rate":
            actual = total.total_rps
        else:
            actual = counts[metric[1]]
            if metric[0] == "share":
                actual *= 100 / max(total.num_requests, 1)
        holds = {">": actual > value, ">=": actual >= value, "<": actual < value, "<=": actual <= value}
        if holds[operator]:
            failed.append(text)
    for text in failed:
        print(f"failed: {text}")
    environment.process_exit_code = 1 if failed or total.num_requests == 0 else 0
