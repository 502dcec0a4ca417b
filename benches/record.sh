#!/usr/bin/env bash
# What `listen --record` costs: requests a second with and without it, in turn, from 64 concurrent senders.
# It needs wrk, prints what it finds and judges nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo "wrk is not there: nothing is measured" >&2; exit 1; }
cargo build --release --quiet
binary=$PWD/target/release/cz-hook
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
body=$("$binary" events show lead.submit --json --quiet)
signature=$(printf %s "$body" | "$binary" sign --body - --print value --secret bench)
cat > post.lua <<END
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["x-chatzuri-signature"] = "$signature"
wrk.body = [[$body]]
END

# Requests a second of one listener; a line when an answer was no 2xx.
measure() {
    rm -f port ./*.db*
    "$binary" listen --json --port 0 --port-file port --secret bench "$@" >/dev/null 2>&1 & local listener=$!
    while [ ! -s port ]; do kill -0 "$listener" || exit 1; sleep 0.05; done
    wrk -t1 -c64 -d4s -s post.lua "http://127.0.0.1:$(cat port)/" |
        awk '/Non-2xx/ { print "not all accepted:" $0 > "/dev/stderr" } /Requests\/sec/ { print $2 }'
    kill -INT "$listener"
    wait "$listener" || true
}

for _ in 1 2 3 4 5; do
    plain=$(measure)
    recorded=$(measure --record deliveries.db)
    awk -v p="$plain" -v r="$recorded" \
        'BEGIN { printf "%8.0f requests/s, recorded %8.0f: %.2f\n", p, r, r / p }'
done
