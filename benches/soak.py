#!/usr/bin/env python3
"""A long run under mixed load: `benches/soak.py [SECONDS] [BINARY]`, by default an hour with target/release/cz-hook.

Two listeners record on a small disk. One runs all the time and keeps few deliveries; its output is not read for seconds
at a time. The other one is killed again and again. Meanwhile the disk becomes full, a reader of the journal is stopped
while it reads, and peers send garbage and half requests. At the end it prints what was lost (nothing may be) and how
much memory the first listener took: what it takes at rest may grow by 2 MiB after the first third of the run. It needs
Linux, and the right to mount a disk of its own (`unshare --user`).
"""

import json, os, random, re, signal, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

if "SOAK" not in os.environ:
    command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, *sys.argv]
    os.execvpe(command[0], command, {**os.environ, "SOAK": "1"})

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 3600
BINARY = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else "target/release/cz-hook")
DISK = tempfile.mkdtemp()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "none", DISK], check=True)
os.chdir(DISK)

over = threading.Event()
counts, lost, problems = {}, [], []
KEPT = 10  # by a prune of the killed listener's journal
lock = threading.Lock()
# By default, glibc keeps most of the memory that a full queue took, so that a leak could not be seen.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072"}


def count(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1


class Listener:
    """A listener, the marks of what it acknowledged, and the marks and positions of what it printed."""

    def __init__(self, journal, *args):
        self.journal, self.args, self.acknowledged, self.printed = journal, args, set(), {}
        self.stderr, self.port, self.pause = "", None, threading.Event()
        # Each sender holds its own from a request until the mark of the response is added.
        self.requests = [threading.Lock() for _ in range(4)]

    def start(self):
        port = f"{self.journal}.port"
        if os.path.exists(port):
            os.remove(port)  # of the run before
        self.child = subprocess.Popen(
            [BINARY, "listen", "--port", "0", "--port-file", port, "--record", self.journal, *self.args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env={**os.environ, **ALLOCATOR})
        self.readers = [threading.Thread(target=read) for read in (self.read_lines, self.read_errors)]
        for reader in self.readers:
            reader.start()
        while not os.path.exists(port) and self.child.poll() is None:
            time.sleep(0.01)
        try:
            self.port = int(open(port).read())
        except (OSError, ValueError):
            count("starts without a place on the disk")

    def read_lines(self):
        for line in self.child.stdout:
            try:
                line = json.loads(line)
            except ValueError:
                continue  # cut off by a kill
            if line["type"] == "delivery":
                self.printed[mark_of(line)] = position_of(line)
            while self.pause.is_set():
                time.sleep(0.05)

    def read_errors(self):
        for line in self.child.stderr:
            self.stderr += line.decode()

    def end(self, how):
        self.child.send_signal(how)
        begun = time.monotonic()
        self.child.wait()
        for reader in self.readers:
            reader.join()
        return time.monotonic() - begun

    def recorded(self):
        """The marks of the journal's deliveries in their order, and their positions."""
        ran = subprocess.run([BINARY, "inspect", self.journal, "--as", "ndjson"], capture_output=True)
        if b"no space left" in ran.stderr:
            count("reads without a place on the disk")
            return None  # the log needs an index to be read, and there is no space for it
        if ran.returncode != 0:
            problems.append(ran.stderr.decode())
            return None
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        recorded = {mark_of(line): position_of(line) for line in lines}
        if len(recorded) != len(lines):
            problems.append(f"{self.journal}: {len(lines) - len(recorded)} deliveries are recorded twice")
        return recorded

    def memory(self):
        status = open(f"/proc/{self.child.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def mark_of(line):
    return next((value for name, value in line["headers"] if name == "X-Mark"), None)


def position_of(line):
    return line["received_at"], line["id"]


def send(listener, sender):
    number = 0
    request_lock = listener.requests[int(sender[1:])]
    while not over.is_set():
        number += 1
        mark = f"{sender}-{number}"
        size = random.choice([10, 500, 500, 5000, 200_000])
        body = json.dumps({"eventType": f"made.up.{number % 50}", "n": number % 100, "x": "y" * size}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{listener.port}/", body, {"X-Mark": mark})
        try:
            with request_lock, urllib.request.urlopen(request, timeout=20) as response:
                count(response.status)
                listener.acknowledged.add(mark)
        except urllib.error.HTTPError as error:
            count(error.code)
            time.sleep(0.05)
        except OSError as error:
            count(type(error).__name__)
            time.sleep(0.05)
        time.sleep(random.random() / 100)


def send_garbage(listener):
    starts = [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf", b"\x16\x03\x01\0\0", b"GET / HTTP/1.1\r\n",
              b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"a" * 70_000]
    while not over.is_set():
        try:
            with socket.create_connection(("127.0.0.1", listener.port), timeout=1) as stream:
                stream.sendall(random.choice(starts))
                time.sleep(random.random())
        except OSError:
            time.sleep(0.05)
        count("garbage")


def fill_disk():
    while not over.wait(random.uniform(10, 20)):
        try:
            with open("ballast", "wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(1 << 16))
        except OSError:
            pass
        count("full disk")
        over.wait(2)
        os.remove("ballast")


def stuck_reader(journal):
    while not over.wait(random.uniform(1, 5)):
        reader = subprocess.Popen([BINARY, "inspect", journal, "--as", "har"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(random.random() / 5)
        reader.send_signal(signal.SIGSTOP)
        over.wait(4)
        reader.send_signal(signal.SIGCONT)
        reader.wait()
        count("stuck reader")


def unread(listener):
    while not over.wait(random.uniform(5, 15)):
        listener.pause.set()
        count("unread output")
        over.wait(5)
        listener.pause.clear()


def lose(listener, what, marks):
    """Each is counted once, and not again by the next check."""
    lost.extend(f"{listener.journal}: {mark}, {what}" for mark in sorted(marks))
    listener.acknowledged -= set(marks)


def check(listener):
    """Everything that a killed listener acknowledged is recorded; then most of it is removed."""
    recorded = listener.recorded()
    if recorded is None:
        return
    count("checks")
    lose(listener, "not recorded", listener.acknowledged - set(recorded))
    if os.path.getsize(listener.journal) < 16 << 20:
        return
    ran = subprocess.run([BINARY, "inspect", listener.journal, "--prune", str(KEPT)], capture_output=True)
    count("prunes" if ran.returncode == 0 else "prunes that failed")
    # One that failed half-way removed the oldest, or nothing.
    pruned, before = listener.recorded(), list(recorded)
    if pruned is not None:
        after = list(pruned)
        if len(after) < KEPT or after != before[-len(after):] or (ran.returncode == 0 and len(after) != KEPT):
            problems.append(f"a prune of {len(before)} left {len(after)}: {ran.stdout} {ran.stderr}")
    listener.acknowledged &= set(before[-KEPT:])


def kill_again_and_again(listener):
    while not over.wait(random.uniform(1, 5)):
        listener.end(signal.SIGKILL)
        # Senders that got a response add their marks, and begin nothing before there is a listener again.
        for request in listener.requests:
            request.acquire()
        if not os.path.exists("ballast"):
            check(listener)
        listener.start()
        for request in listener.requests:
            request.release()
        count("kills")


def check_kept(listener):
    """What was acknowledged and is missing is older than all that is recorded."""
    recorded = listener.recorded() or {}
    if len(recorded) < 500:
        problems.append(f"{listener.journal}: {len(recorded)} are kept")
    oldest = min(recorded.values(), default=("", 0))
    missing = listener.acknowledged - set(recorded)
    lose(listener, "not recorded", {mark for mark in missing if listener.printed.get(mark, oldest) > oldest})
    return len(recorded)


steady = Listener("steady.db", "--json", "--keep", "500,1h")
killed = Listener("killed.db", "--quiet")
steady.start()
killed.start()
workers = [
    *[(send, steady, f"s{n}") for n in range(4)], *[(send, killed, f"k{n}") for n in range(4)], (send_garbage, steady),
    (send_garbage, killed), (fill_disk,), (stuck_reader, "steady.db"), (unread, steady), (kill_again_and_again, killed),
]
threads = [threading.Thread(target=work, args=args) for work, *args in workers]
for thread in threads:
    thread.start()
memory = []
begun = time.monotonic()
while time.monotonic() - begun < SECONDS:
    time.sleep(min(5, SECONDS))
    memory.append(steady.memory())
    if steady.child.poll() is not None:
        problems.append("the listener has ended")
        break
over.set()
for thread in threads:
    thread.join()
steady.pause.clear()
print(f"ended in {steady.end(signal.SIGTERM):.1f} s")
check(killed)
killed.end(signal.SIGINT)
# Which of them is listed is known by numbers, and they are not printed.
unprinted = sorted(steady.acknowledged - set(steady.printed))
listed = re.findall(r"(\d+) deliver(?:y|ies) w\w+ acknowledged and not printed", steady.stderr)
kept = check_kept(steady)
lose(steady, "neither printed nor listed", unprinted[int(listed[0]) if listed else 0:])
print("counts:", dict(sorted(counts.items(), key=str)))
print(f"acknowledged by the steady listener: {len(steady.acknowledged)}, printed: {len(steady.printed)}, kept: {kept}")
third = max(1, len(memory) // 3)
first, last = min(memory[third:2 * third] or memory), min(memory[-third:])
print(f"memory at rest in KiB: {first} in the second third, {last} in the last one; {max(memory)} at most")
if last - first > 2048:
    problems.append(f"the memory at rest grew by {last - first} KiB")
print("messages:", len(re.findall("error:", steady.stderr)), "of the steady listener")
print("lost:", len(lost), lost[:10])
print("problems:", problems[:10])
sys.exit(1 if lost or problems else 0)
