"""Make the project's virtual environment: `python3 scripts/bootstrap.py FOLDER`.

Uses nothing but Python 3.11's standard library and the project itself. Debian splits `ensurepip`
from `python3`, so a fresh machine can make an environment but put no pip in it; then pip's own
wheel installs itself. It comes from where pip's configuration says (PIP_INDEX_URL, pip.conf …),
and its content is checked against the digest that the index states.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import venv

OLDEST = (3, 11)


def main(target: str) -> None:
    """Make the environment, with pip in it."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    target = os.path.abspath(target)
    with_pip = importlib.util.find_spec("ensurepip") is not None
    venv.create(target, with_pip=with_pip, clear=True)
    if with_pip:
        return
    # Imported after the check of the version: an older Python cannot read these files.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from rocketpy.packaging import BuildError
    from rocketpy.packaging.fetch.package_index import newest_wheel

    python = os.path.join(target, "bin", "python")
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = newest_wheel("pip", folder)
        except BuildError as error:
            sys.exit(f"Error: pip cannot be installed: {error}")
        install = ["install", "--quiet", "--no-index", wheel]
        subprocess.run([python, os.path.join(wheel, "pip"), *install], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
