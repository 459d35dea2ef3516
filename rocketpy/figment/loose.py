"""The loose TOML of environment variables' values, as figment 0.10.19 reads it.

`ROCKET_PORT=80` is a number, `ROCKET_NAME=Ann` a text without quotes, `ROCKET_LIMITS={json=1MiB}`
a dictionary. No text is an error: what the grammar does not take to its end is a string, whole and
as it came.

    value  = "true" | "false" | dict | array | string | "'" any "'" | bare
    dict   = "{" [key "=" value {"," key "=" value} [","]] "}"
    array  = "[" [value {"," value} [","]] "]"
    key    = string | one or more of A-Z a-z 0-9 _ -
    bare   = anything up to one of , { } [ ]

ASCII white space may stand around a value and a key. A bare value with a dot is a float where it
reads as one; else it is an unsigned integer, a signed one, or a text, whichever it reads as first.
"""

from __future__ import annotations

import re
from typing import Any

from rocketpy.figment.profile import WHITE_SPACE
from rocketpy.figment.value import Char, Empty, Unsigned, Value, Word

MAX_DEPTH = 220
"""Containers within containers that are followed; a deeper text is a string."""

_NONE = "none"
_SPACE = re.compile(r"[ \t\n\f\r]*")
_BARE = re.compile(r"[^,{}\[\]]*")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNSIGNED = re.compile(r"\+?[0-9]+")
_SIGNED = re.compile(r"-[0-9]+")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = re.compile("[\t -~\x80-\U0010ffff]*")
_ESCAPES = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_UNSIGNED_MAX = 2**64 - 1
_SIGNED_MIN = -(2**63)
_SURROGATES = range(0xD800, 0xE000)


class _Mismatch(Exception):  # noqa: N818  (it ends in a string, not in an error)
    """The text is not of the grammar."""


def parse(text: str) -> Value:
    """Read a value; never raises.

    >>> parse("[1, yes, 2.5]").plain()
    [1, 'yes', 2.5]
    >>> parse("[1] x").plain()
    '[1] x'
    """
    reader = _Reader(text)
    try:
        value = reader.value(MAX_DEPTH)
    except _Mismatch:
        return Value(text)
    return value if reader.at == len(text) else Value(text)


class _Reader:
    """A place in a text. Each method reads what it is named for and moves on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def value(self, depth: int) -> Value:
        if not depth:
            raise _Mismatch
        self.match(_SPACE)
        found = self.kind(depth)
        self.match(_SPACE)
        return found

    def kind(self, depth: int) -> Value:
        # The words are taken as prefixes: `[truex]` is no array. So does the original.
        for word, meaning in (("true", True), ("false", False)):
            if self.eat(word):
                return Value(meaning)
        match self.text[self.at : self.at + 1]:
            case "{":
                return Value(self.items("{", "}", depth, {}))
            case "[":
                return Value(self.items("[", "]", depth, []))
            case '"':
                return Value(self.string())
            case "'":
                return self.char()
        return bare(self.match(_BARE).strip(WHITE_SPACE))

    def items(self, start: str, end: str, depth: int, into: Any) -> Any:
        """Read a container's items into it; a comma may follow the last."""
        self.eat(start)
        while not self.eat(end):
            if start == "{":
                key = self.key()
                into[key] = self.value(depth - 1)
            else:
                into.append(self.value(depth - 1))
            if not self.eat(","):
                if self.eat(end):
                    break
                raise _Mismatch
        return into

    def key(self) -> str:
        self.match(_SPACE)
        key = self.string() if self.text.startswith('"', self.at) else self.match(_KEY)
        self.match(_SPACE)
        if not self.eat("="):
            raise _Mismatch
        return key

    def string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise _Mismatch
        self.at = found.end()
        return unescape(found[1])

    def char(self) -> Value:
        if self.text[self.at + 2 : self.at + 3] != "'":
            raise _Mismatch
        self.at += 3
        return Value(Char(self.text[self.at - 2]))

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Mismatch
        self.at = found.end()
        return found[0]

    def eat(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False


def bare(text: str) -> Value:
    """Read a value that stands without quotes.

    >>> bare("+1"), bare("007"), bare("1."), bare("1e5")
    (Value(1), Value(7), Value(1.0), Value('1e5'))
    """
    if text == _NONE:
        return Value(Word(text))
    if "." in text and _FLOAT.fullmatch(text):
        return Value(float(text))
    if _UNSIGNED.fullmatch(text) and _number(text) <= _UNSIGNED_MAX:
        return Value(Unsigned(_number(text)))
    if _SIGNED.fullmatch(text) and _number(text) >= _SIGNED_MIN:
        return Value(_number(text))
    return Value(text)


def _number(digits: str) -> int:
    """Read digits; of more than any integer has, as many as make it too large."""
    sign = "-" if digits.startswith("-") else ""
    return int(sign + (digits.lstrip("+-").lstrip("0")[:30] or "0"))


def unescape(text: str) -> str:
    """Replace the escapes of a quoted string, TOML's basic ones."""

    def character(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code is None:
            if found[3] not in _ESCAPES:
                raise _Mismatch
            return _ESCAPES[found[3]]
        point = int(code, 16)
        if point > 0x10FFFF or point in _SURROGATES:  # noqa: PLR2004  (Unicode's last)
            raise _Mismatch
        return chr(point)

    if not _PLAIN.fullmatch(text):
        raise _Mismatch
    return _ESCAPE.sub(character, text) if "\\" in text else text


def render(value: Value) -> str:
    """Print a value so that `parse` reads the same again.

    >>> render(parse("{a=[1,x]}"))
    '{a=[1,"x"]}'
    """
    data = value.data
    match data:
        case bool():
            return "true" if data else "false"
        case float():
            return _render_float(data)
        case int():
            return str(int(data))
        case Char():
            return f"'{data}'"
        case Word():
            return str(data)
        case str():
            return _quote(data)
        case Empty():
            return ""
        case list():
            return "[" + ",".join(render(item) for item in data) + "]"
        case _:
            pairs = (
                (key if _KEY.fullmatch(key) else _quote(key), render(item))
                for key, item in data.items()
            )
            return "{" + ",".join(f"{key}={item}" for key, item in pairs) + "}"


def _render_float(number: float) -> str:
    text = repr(number)
    if "." in text or not text.lstrip("-")[0].isdigit():
        return text
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub("[^\t -~\x80-\U0010ffff]", lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'
