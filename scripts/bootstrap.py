"""Make the project's virtual environment: `python3 scripts/bootstrap.py FOLDER`.

Uses nothing but Python 3.11's standard library. Debian splits `ensurepip` from `python3`, so a
fresh machine can make an environment but put no pip in it; then pip's own wheel, fetched from the
index and checked against the digest that the index states, installs itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
import venv

INDEX = "https://pypi.org/pypi/pip/json"
OLDEST = (3, 11)


def pip_wheel(folder: pathlib.Path) -> pathlib.Path:
    """Fetch pip's newest wheel into `folder`."""
    with urllib.request.urlopen(INDEX, timeout=60) as answer:
        files = json.load(answer)["urls"]
    wheel = next(file for file in files if file["packagetype"] == "bdist_wheel")
    with urllib.request.urlopen(wheel["url"], timeout=300) as answer:  # noqa: S310  (the index's https address)
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != wheel["digests"]["sha256"]:
        sys.exit(f"{wheel['url']}: the digest is not the one that the index states")
    path = folder / wheel["filename"]
    path.write_bytes(data)
    return path


def main() -> None:
    """Make the environment and see to it that it has pip."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    target = pathlib.Path(sys.argv[1]).resolve()
    python = str(target / "bin" / "python")
    with_pip = importlib.util.find_spec("ensurepip") is not None
    venv.create(target, with_pip=with_pip, clear=True)
    if not with_pip:
        with tempfile.TemporaryDirectory() as folder:
            wheel = pip_wheel(pathlib.Path(folder))
            subprocess.run([python, f"{wheel}/pip", "install", "--quiet", str(wheel)], check=True)


if __name__ == "__main__":
    main()
