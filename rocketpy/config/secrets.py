"""What must not be shown: which keys hold secrets, and how texts are shown without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rocketpy.figment.kind import REDACTED, Actual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.figment.error import Error
    from rocketpy.figment.kind import Kind

_NAME = re.compile(
    r"secret|passw|passphrase|token|credential|api_?key|private_?key|access_?key", re.IGNORECASE
)
_USERINFO = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:)[^/\s]+@")
# Possessive throughout: a string is not half a string, and a long line is read once.
_STRING = r""""(?:[^"\\]|\\.)*+"?+|'[^']*+'?+"""
_PART = rf"(?:{_STRING}|[\w-]++)"
_TOKEN = re.compile(
    rf"(?P<key>{_PART}(?:\s*\.\s*{_PART})*+)\s*+=\s*+|{_STRING}|[\w-]++|.", re.DOTALL
)
_PEM_KEYS = (("tls", "key"),)

_marked: set[Any] = set()


def mark(settings: Any) -> None:
    """Have the fields of pydantic's secret types taken for secrets, whatever their names.

    Args:
        settings: the class of settings whose fields these are, at any depth.
    """
    _marked.add(settings)


def is_secret(path: Sequence[str]) -> bool:
    """Whether the value at a path of keys is a secret, by the keys' names or by its type.

    >>> is_secret(["secret_key"]), is_secret(["db", "password"]), is_secret(["port"])
    (True, True, False)
    """
    if any(map(is_secret_name, path)):
        return True
    if not _marked:
        return False
    from rocketpy.config.secret_types import holds

    return any(holds(settings, path) for settings in _marked)


def is_secret_name(key: str) -> bool:
    """Whether a key's name alone says that its value is a secret.

    >>> is_secret_name("api_key"), is_secret_name("port")
    (True, False)
    """
    return _NAME.search(key) is not None


def _is_secret_key(spelled: str) -> bool:
    """Whether a key, as a file spells it, is a secret's in any place."""
    if is_secret_name(spelled):
        return True
    if not _marked:
        return False
    from rocketpy.config.secret_types import names

    known = {name for settings in _marked for name in names(settings)}
    return any(part.strip("\"'") in known for part in re.findall(_PART, spelled))


def shown(path: Sequence[str], value: Any, *, reveal: bool = False) -> Any:
    """Return plain data as it may be shown.

    Secrets become `[redacted]`, keys given as bytes too, and passwords within addresses (`://u:p@`).
    """
    if reveal:
        return value
    if isinstance(value, dict):
        return {key: shown((*path, key), part) for key, part in value.items()}
    if is_secret(path) or (tuple(path[:2]) in _PEM_KEYS and isinstance(value, list)):
        return REDACTED
    if isinstance(value, list):
        return [shown(path, part) for part in value]
    return without_password(value) if isinstance(value, str) else value


def without_password(text: str) -> str:
    """Blot out the password of an address.

    >>> without_password("postgres://ann:hunter2@db/app")
    'postgres://ann:[redacted]@db/app'
    """
    return _USERINFO.sub(lambda found: f"{found['before']}{REDACTED}@", text)


def masked_line(line: str) -> str:
    """Blot out what a line of a file gives for keys that are secret.

    >>> masked_line('secret_key = "abc'), masked_line('db = { password = "x", port = 1 }')
    ('secret_key = [redacted]', 'db = { password = [redacted], port = 1 }')
    """
    out = ""
    at = depth = 0
    while found := _TOKEN.match(line, at):
        token, at = found[0], found.end()
        depth += (token in {"{", "["}) - (token in {"}", "]"})
        out += token
        if found["key"] and _is_secret_key(found["key"]):
            at = _end_of_value(line, at) if depth else len(line)
            out += REDACTED
    return without_password(out)


def masked_place(line: str, path: Sequence[str]) -> str:
    """Blot out a line as `masked_line`; all that it gives, if an error's path is a secret's.

    >>> masked_place("  'abc', 5", ["tokens", "1"])
    '[redacted]'
    """
    if not is_secret(path):
        return masked_line(line)
    found = _TOKEN.match(line.lstrip())
    return (found[0] if found and found["key"] else "") + REDACTED


def _end_of_value(line: str, start: int) -> int:
    """Return where an inline table's value ends; spaces behind it are no part of it."""
    depth, at, end = 0, start, start
    while found := _TOKEN.match(line, at):
        token = found[0]
        if depth == 0 and token in {",", "}", "]"}:
            break
        depth += (token in {"{", "["}) - (token in {"}", "]"})
        at = found.end()
        if not token.isspace():
            end = at
    return end


def told_kind(error: Error, *, reveal: bool = False) -> Kind:
    """Return what an error says is wrong, without the secret that it may quote."""
    kind = error.kind
    if reveal:
        return kind
    if is_secret(error.path):
        return kind.redacted()
    found = kind.found
    if isinstance(found, Actual):
        return kind._replace(found=found._replace(shown=without_password(found.shown)))
    if isinstance(found, str):
        # The error of a whole file quotes a line of it.
        mask = without_password if error.path else masked_line
        return kind._replace(found="\n".join(map(mask, found.split("\n"))))
    return kind


def text(error: Error, *, reveal: bool = False) -> str:
    """Return one error's own text, without the secret that it may quote."""
    kind = told_kind(error, reveal=reveal)
    return error.display().replace(str(error.kind), str(kind), 1)


def without_secrets(error: Error) -> Error:
    """Take the secrets out of an error and all that are chained behind it."""
    for one in error:
        one.kind = told_kind(one)
    return error
