"""What the packages say about the project: its version and description in Cargo.toml, and the name of each system."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST = (ROOT / "Cargo.toml").read_text()


def _of(key):
    return re.search(rf'^{key} = "(.*)"$', MANIFEST, re.M)[1]


VERSION = _of("version")
DESCRIPTION = _of("description")
LICENSES = [ROOT / "LICENSE-MIT", ROOT / "LICENSE-APACHE"]

# How far to compress, 1 to 9.
LEVEL = int(os.environ.get("PACKAGE_LEVEL", "9"))

# Rust's target: the tag of a wheel, and the system, the processor and the C library of npm.
SYSTEMS = {
    "x86_64-unknown-linux-gnu": ("manylinux_{glibc}_x86_64", "linux", "x64", "glibc"),
    "aarch64-unknown-linux-gnu": ("manylinux_{glibc}_aarch64", "linux", "arm64", "glibc"),
    "x86_64-apple-darwin": ("macosx_10_12_x86_64", "darwin", "x64", None),
    "aarch64-apple-darwin": ("macosx_11_0_arm64", "darwin", "arm64", None),
    "x86_64-pc-windows-msvc": ("win_amd64", "win32", "x64", None),
}


def arguments(script):
    """The binary, the system and the folder that a command line names."""
    if len(sys.argv) != 4:
        sys.exit(f"usage: packaging/{script} BINARY TARGET FOLDER")
    binary, target, folder = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    if target not in SYSTEMS:
        sys.exit(f"packaging/{script}: {target} is none of {', '.join(SYSTEMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    return binary, target, folder


def glibc(binary):
    """The oldest C library that a binary runs with, as 2_34."""
    said = subprocess.run([ROOT / "packaging/linked", binary], check=True, capture_output=True, text=True).stdout
    return re.search(r"^needs: GLIBC_(\d+\.\d+)", said, re.M)[1].replace(".", "_")
