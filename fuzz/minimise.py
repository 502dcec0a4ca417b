#!/usr/bin/env python3
"""Chooses what of a target's finds is committed: few small files that reach the most.

libFuzzer's own minimising keeps every file that reaches anything new, a thousand of them. This reads what
it says each file reaches and takes, one after the other, the file that adds the most. Files with a name of
their own are seeds that a person wrote, and stay.

Usage: minimise.py BINARY FOUND CORPUS
"""

import pathlib
import re
import subprocess
import sys
import tempfile

MOST_FILES = 40
MOST_BYTES = 200 << 10
LONGEST = 16 << 10


def reached(binary, folders):
    """What each file reaches, by libFuzzer's own account."""
    with tempfile.TemporaryDirectory() as work:
        control, merged = pathlib.Path(work, "control"), pathlib.Path(work, "merged")
        merged.mkdir()
        command = [binary, "-merge=1", f"-merge_control_file={control}", merged, *folders]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        lines = control.read_text().splitlines()
    files = [pathlib.Path(line) for line in lines[2 : 2 + int(lines[0])]]
    features = {}
    for line in lines:
        if match := re.match(r"FT (\d+) ?(.*)", line):
            features[files[int(match[1])]] = set(match[2].split())
    return features


def is_seed(path):
    """Whether a person named it: the fuzzer's names are hashes."""
    return not re.fullmatch(r"[0-9a-f]{40}", path.name)


def main(binary, found, corpus):
    binary, corpus = pathlib.Path(binary).resolve(), pathlib.Path(corpus)
    features = reached(binary, [corpus, pathlib.Path(found)])
    seeds = [path for path in corpus.iterdir() if is_seed(path)]
    covered = set().union(*(features.get(path, set()) for path in seeds))
    size = sum(path.stat().st_size for path in seeds)
    chosen, left = {}, dict(features)
    while left and len(seeds) + len(chosen) < MOST_FILES:
        best = max(left, key=lambda path: (len(left[path] - covered), -path.stat().st_size))
        gain = left.pop(best) - covered
        if not gain:
            break
        length = best.stat().st_size
        if is_seed(best) or length > LONGEST or size + length > MOST_BYTES:
            continue
        covered |= gain
        size += length
        chosen[best.name] = best.read_bytes()
    for path in corpus.iterdir():
        if not is_seed(path):
            path.unlink()
    for name, data in chosen.items():
        (corpus / name).write_bytes(data)
    everything = set().union(*features.values())
    print(f"{corpus.name}: {len(seeds) + len(chosen)} files, {size} bytes, {len(covered)} of {len(everything)} features")


if __name__ == "__main__":
    main(*sys.argv[1:])
