"""The recorded answers of Rocket 0.5.1, and how an answer is held against one."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import tempfile
from typing import Any, NamedTuple

VECTORS = pathlib.Path(__file__).with_name("rocket-0.5.1.jsonl")
FIELDS = ("profile", "profiles", "merged", "result", "config", "provenance")


class Vector(NamedTuple):
    """A configuration (files, environment, folder) and what Rocket made of it."""

    name: str
    family: str
    files: dict[str, Any]
    cwd: str
    env: dict[str, Any]
    build: str
    expected: dict[str, Any]

    def lay_out(self, root: str) -> str:
        """Write the files beneath `root` and return the folder to stand in."""
        for path, content in self.files.items():
            full = os.path.join(root, path)
            if path.endswith("/"):
                os.makedirs(full, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if isinstance(content, dict) and "symlink" in content:
                os.symlink(content["symlink"], full)
            else:
                pathlib.Path(full).write_bytes(_raw(content, root))
        cwd = os.path.normpath(os.path.join(root, self.cwd))
        os.makedirs(cwd, exist_ok=True)
        return cwd

    def environment(self, root: str) -> dict[bytes, bytes]:
        """Return the environment, in its order."""
        return {name.encode(): _raw(value, root) for name, value in self.env.items()}


def load(path: pathlib.Path = VECTORS) -> list[Vector]:
    """Read a file of recorded answers."""
    with path.open(encoding="utf-8") as lines:
        return [Vector(**json.loads(line)) for line in lines]


def differences(vector: Vector, answer: dict[str, Any]) -> list[str]:
    """Return a line for each part of an answer that is not Rocket's."""
    want, got = _view(vector.expected), _view(answer)
    return [
        f"{field}: want {_short(want[field])}, got {_short(got.get(field))}"
        for field in want
        if not same(want[field], got.get(field))
    ]


def same(want: Any, got: Any) -> bool:
    """Whether two answers are equal; the machine's own defaults have placeholders."""
    if want == "$NUM_CPUS":
        return type(got) is int and got >= 1
    if want == "$TMPDIR":
        return bool(got == tempfile.gettempdir())
    if isinstance(want, dict):
        return (
            isinstance(got, dict)
            and want.keys() == got.keys()
            and all(same(want[key], got[key]) for key in want)
        )
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(same, want, got))
    return type(want) is type(got) and bool(want == got)


def _view(answer: dict[str, Any]) -> dict[str, Any]:
    """Take what is compared: of the errors the first, without what only we say."""
    view = {field: answer.get(field) for field in FIELDS}
    if answer.get("result") != "ok":
        del view["config"]
    errors = answer.get("errors") or []
    view["error"] = _comparable(errors[0]) if errors else None
    return view


def _comparable(error: dict[str, Any]) -> dict[str, Any]:
    """Reduce a TOML syntax error to its line: the caret and the reason are each parser's own."""
    found = re.match(r"TOML parse error at line \d+", str(error.get("text")))
    if found is None:
        return error
    return error | {"text": found[0], "display": str(error["display"]).startswith(found[0])}


def _raw(content: Any, root: str) -> bytes:
    if isinstance(content, dict):
        return base64.b64decode(content["base64"])
    return str(content).replace("$ROOT", root).encode()


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:1500]
