"""Check that a type checker knows the type of every public symbol of the package.

Usage: python scripts/public_types.py [folder]

Pyright checks `rocketpy` in the folder, by default this repository, as it sees a package that is
installed: only what is annotated counts, not what it could infer. Each symbol whose type is not
known is printed; the exit code is then 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "rocketpy"


def report(folder: Path) -> dict[str, Any]:
    """Return what pyright says of the package's types."""
    path = os.pathsep.join([str(folder), sysconfig.get_path("purelib")])
    program = Path(sys.executable).with_name("basedpyright")
    arguments = ["--ignoreexternal", "--outputjson", "--verifytypes", PACKAGE]
    # It takes a package that lies in the current folder for code that is not installed.
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            [program, "--pythonpath", sys.executable, *arguments],
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
    found: dict[str, Any] = json.loads(done.stdout)["typeCompleteness"]
    return found


def main(folder: Path) -> int:
    """Print the symbols whose types are not known, and return the exit code."""
    found = report(folder)
    exported = [symbol for symbol in found["symbols"] if symbol["isExported"]]
    unknown = [symbol for symbol in exported if not symbol["isTypeKnown"]]
    for symbol in unknown:
        print(symbol["name"])
        for diagnostic in symbol["diagnostics"]:
            print(f"    {diagnostic['message'].splitlines()[0]}")
    known = len(exported) - len(unknown)
    print(f"the types of {known} of {len(exported)} public symbols are known")
    return 0 if exported and not unknown else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT))
