#!/usr/bin/env python3
"""Chooses which inputs of a target are committed: a few small files with the most coverage.

libFuzzer's own minimizing keeps every file that reaches anything new, about a thousand files. This script reads the
coverage of each file, and repeatedly takes the file that adds the most. Files with a readable name are seeds that a
person wrote, and the script keeps them.

Usage: minimise.py BINARY FOUND CORPUS
"""

import pathlib
import re
import subprocess
import sys
import tempfile

MAX_FILES = 40
MAX_BYTES = 200 << 10
MAX_LENGTH = 16 << 10


def reached(binary, folders):
    """The coverage of each file, as libFuzzer reports it."""
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
    """Whether a person named the file. The names of the fuzzer are hashes."""
    return not re.fullmatch(r"[0-9a-f]{40}", path.name)


def main(binary, found, corpus):
    binary, corpus = pathlib.Path(binary).resolve(), pathlib.Path(corpus)
    features = reached(binary, [corpus, pathlib.Path(found)])
    seeds = [path for path in corpus.iterdir() if is_seed(path)]
    covered = set().union(*(features.get(path, set()) for path in seeds))
    size = sum(path.stat().st_size for path in seeds)
    chosen, left = {}, dict(features)
    while left and len(seeds) + len(chosen) < MAX_FILES:
        best = max(left, key=lambda path: (len(left[path] - covered), -path.stat().st_size))
        gain = left.pop(best) - covered
        if not gain:
            break
        length = best.stat().st_size
        if is_seed(best) or length > MAX_LENGTH or size + length > MAX_BYTES:
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
