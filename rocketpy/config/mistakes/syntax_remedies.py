"""What to write instead, where a file is not TOML: what people really write in its place.

A remedy names keys and forms, never a value: the line may hold a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = r"""(?P<key>[A-Za-z0-9_.-]+|"[^"]*"|'[^']*')"""
_SPOT = "\0"
"""Stands in a line where the parser stopped; no line of a file has it."""

_SMART_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\xab\xbb"

_WORDS = {
    "true": "true", "false": "false", "yes": "true", "no": "false", "on": "true", "off": "false",
}  # fmt: skip
_NOTHING = frozenset({"none", "null", "nil", "undefined"})


def _by_word(found: re.Match[str]) -> str:
    word, key = found["word"], found["key"]
    if word.lower() in _NOTHING:
        return f"TOML has no word for nothing: leave `{key}` out"
    if word.lower() in _WORDS:
        return f"write `{key} = {_WORDS[word.lower()]}`"
    return f'a text stands in quotes: `{key} = "…"`'


def _with(text: str) -> Callable[[re.Match[str]], str]:
    """Return a remedy that has the key put in."""
    return lambda found: text.replace("KEY", found["key"])


_LINES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (rf"^\s*{_SPOT}?(//|--\s|;|/\*)", lambda _: "comments begin with `#`"),
    (rf"^\s*-\s+{_SPOT}", lambda _: "this is YAML: in TOML a list is `KEY = [ …, … ]`"),
    (rf"^\s*{_KEY}\s*{_SPOT}?:\s*$", _with("this is YAML: in TOML a table begins with `[KEY]`")),
    (rf"^\s*{_KEY}\s*{_SPOT}?:", _with("TOML has `=` between key and value: write `KEY = …`")),
    (rf"^\s*export\s+{_SPOT}", lambda _: "write the key alone; variables are set in the shell"),
    (
        rf"^\s*\w+\s+{_SPOT}\w[\w.-]*\s*[=:]",
        lambda _: "a key alone stands before `=`; one with a blank in it, in quotes",
    ),
    (rf"^\s*{_KEY}\s+{_SPOT}[^=\s]", _with("write `KEY = …`")),
    (rf"^\s*{_KEY}\s*{_SPOT}\s*$", _with("a value is missing: write `KEY = …`")),
    (rf"^\s*{_SPOT}[{{\[]?\s*[{{\"]", lambda _: "this is JSON: write TOML, `key = value` lines"),
    (rf"^\s*{_KEY}\s*={_SPOT}?[=>]", _with("write `KEY = …`, with one `=`")),
    (
        rf"^\s*{_KEY}\s*=\s*{_SPOT}\s*[$%]",
        _with("nothing is put in for variables in a file: set ROCKET_… in the environment"),
    ),
    (rf"^\s*{_KEY}\s*=\s*{_SPOT}\s*(#.*)?$", _with("a value is missing: write one, or drop `KEY`")),
    (
        rf"^\s*{_KEY}\s*=\s*{{.*{_SPOT}",
        _with("an inline table ends on the line that it begins on: write a table `[….KEY]`"),
    ),
    (rf"^\s*{_KEY}\s*=\s*{_SPOT}(?P<word>[A-Za-z_]+)[ \t]*(#.*)?$", _by_word),
    (rf"^\s*{_KEY}\s*=\s*0{_SPOT}?[0-9]", lambda _: "a number has no zeros before it"),
    (rf"^\s*{_KEY}\s*=.*{_SPOT}\s*[,;]", lambda _: "nothing follows a value: end the line there"),
    (
        rf"^\s*{_KEY}\s*=\s*[0-9.]+{_SPOT}",
        _with("a number stands alone; a text, such as one with a unit, in quotes"),
    ),
    (rf'^\s*{_KEY}\s*=\s*{_SPOT}[^"\'\[{{]', _with('a text stands in quotes: `KEY = "…"`')),
    (rf"^\s*\[.*\]{_SPOT}", lambda _: "nothing but a comment follows a table's name"),
    (rf"^\s*\[[^\]]*{_SPOT}", lambda _: "a table's name ends with `]`"),
    (
        rf"^\s*{_KEY}\s*=\s*\"\"\"",
        lambda _: 'a text of more lines begins and ends with `"""`',
    ),
    (rf"^\s*{_KEY}\s*=\s*[\"'].*{_SPOT}", _with("a text ends with the quote that it began with")),
]
"""Patterns of a line, with the spot in it where the parser stopped; the first that fits counts."""


def syntax_remedy(line: str, column: int, reason: str) -> str:
    """Return what to do about a line that is not TOML, or an empty text.

    Args:
        line: the line, as the file has it.
        column: where the parser stopped, from 1.
        reason: the parser's words.

    >>> syntax_remedy("port: 9000", 5, "expected `.`, `=`")
    'TOML has `=` between key and value: write `port = …`'
    """
    if "expected a map" in reason:
        return _above_the_profiles(line)
    if any(quote in line for quote in _SMART_QUOTES) and "escape" not in reason:
        return "write straight quotes: \" or '"
    if "invalid array" in reason:
        return "an array is `[ …, … ]`: a comma stands between values, and `]` at the end"
    if "escape" in reason or "hex code" in reason:
        return (
            "`\\` begins an escape: write '…', in which it does not, or `\\\\`; paths may have `/`"
        )
    if "duplicate" in reason:
        return "leave one of the two"
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "a merge left its marks in the file: resolve it"
    marked = line[: column - 1] + _SPOT + line[column - 1 :]
    for pattern, remedy in _LINES:
        found = re.search(pattern, marked)
        if found:
            return remedy(found)
    return ""


def _above_the_profiles(line: str) -> str:
    found = re.match(rf"\s*{_KEY}\s*=", line)
    if found:
        return f"every key stands in a profile: put `{found['key']}` under `[default]`"
    return "a profile is one table: write `[name]`"
