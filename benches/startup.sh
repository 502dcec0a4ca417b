#!/usr/bin/env bash
# Measures the cost of one run from start to exit, in instructions. Unlike seconds, instructions hardly depend on
# other load on the machine. Hooks and CI steps run `verify` once per request, so this script compares it with
# the tool that users would use instead.
#
# Usage: benches/startup.sh   (needs valgrind and openssl; it runs only `cargo build --release`)
set -euo pipefail

for tool in valgrind openssl cargo; do
    command -v "$tool" > /dev/null || missing+=("$tool")
done
if [[ -v missing ]]; then
    echo "startup.sh: NOT MEASURED: install ${missing[*]} first" >&2
    exit 2
fi

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
cargo build --release --quiet
hook=${CARGO_TARGET_DIR:-target}/release/cz-hook

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export CZ_HOOK_SECRET=benchmark
"$hook" sign lead.submit --print request > "$work/request.http"
sed '1,/^\r*$/d' "$work/request.http" > "$work/body.json"
signature=$("$hook" sign --body "$work/body.json" --print value)

# Runs a command, which must succeed, and prints its row.
measure() {
    local name=$1 log=$work/callgrind.log
    shift
    if ! valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" "$@" > "$work/out" 2>&1
    then
        echo "startup.sh: NOT MEASURED: this failed: $*" >&2
        cat "$work/out" "$log" >&2
        exit 1
    fi
    printf '%-44s %14s\n' "$name" "$(sed -n 's/.*Collected : *//p' "$log")"
}

printf '%-44s %14s\n' "a body of $(wc -c < "$work/body.json") bytes" instructions
measure 'cz-hook --version' "$hook" --version
measure 'cz-hook verify, --provider chatzuri' \
    "$hook" verify "$work/body.json" --signature "$signature" --provider chatzuri
measure 'cz-hook verify, provider detected' \
    "$hook" verify "$work/body.json" --signature "$signature" --provider auto
measure 'cz-hook verify, captured request' "$hook" verify "$work/request.http"
"$hook" init --quiet --dir "$work"
cat >> "$work/cz-hook.toml" <<'END'
[profile.default]
secret_env = ["CZ_HOOK_SECRET"]
END
measure 'cz-hook verify, with a cz-hook.toml' "$hook" verify "$work/request.http" --config "$work/cz-hook.toml"
measure 'cz-hook sign' "$hook" sign --body "$work/body.json"
measure 'openssl dgst -sha1 -hmac' openssl dgst -sha1 -hmac "$CZ_HOOK_SECRET" "$work/body.json"
