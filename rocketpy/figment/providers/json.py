"""Values from JSON files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from rocketpy.figment.error import Error
from rocketpy.figment.providers.text_file import TextFile, syntax_error, table_of

if TYPE_CHECKING:
    from rocketpy.figment.toml.document import Node
    from rocketpy.figment.toml.positions import Spans


def _spans(text: str) -> Spans:
    from rocketpy.figment.toml.positions import Spans

    return Spans(text, lambda text: _Scanner(text).value((0, 0)))


class Json(TextFile):
    """A provider of a JSON file, or of a text: RFC 8259, each name once in an object.

    >>> dict(Json.string('{"port": 80}').data())
    {Profile('default'): {'port': 80}}
    """

    FORMAT: ClassVar[str] = "JSON"
    spans: ClassVar[Any] = staticmethod(_spans)

    def read(self, text: str, *, profiles: bool) -> dict[str, Any]:
        """Return a text's object.

        Raises:
            Error: the text is no JSON, or not of that shape.
        """
        import json

        try:
            data = json.loads(
                text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_number
            )
        except json.JSONDecodeError as error:
            reason = f"{error.msg[:1].lower()}{error.msg[1:]}"
            raise syntax_error("JSON", text, (error.lineno, error.colno), reason) from None
        except RecursionError:
            raise Error("the document nests too deep\n") from None
        return table_of(data, profiles=profiles)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Error(f"duplicate key `{twice}`\n", help="leave one of them")
    return table


def _no_number(text: str) -> Any:
    raise Error(f"`{text}` is no number of JSON\n", help="leave it out, or write a number")


_SPACE = re.compile(r"[\ufeff \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"[^\s,\]}]+")


class _Scanner:
    """Reads a document that is known to be JSON to nodes with their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def value(self, key: tuple[int, int]) -> Node:
        """Read a value; the place of its key is given, or is its own."""
        from rocketpy.figment.toml.document import Node

        start = self.skip()
        match self.text[start : start + 1]:
            case "{":
                node = Node("table", self.items("}"), start, self.at, key)
            case "[":
                node = Node("array", self.items("]"), start, self.at, key)
            case '"':
                node = Node("string", self.match(_STRING), start, self.at, key)
            case _:
                node = Node("scalar", self.match(_WORD), start, self.at, key)
        if key == (0, 0):
            node.key = (start, self.at)
        return node

    def items(self, end: str) -> dict[str, Node] | list[Node]:
        """Read what is in an object or an array, to its end."""
        table: dict[str, Node] = {}
        array: list[Node] = []
        self.at += 1
        while self.text[self.skip()] != end:
            if self.text[self.at] == ",":
                self.at += 1
            elif end == "}":
                start = self.at
                name = self.name()
                place = (start, self.at)
                self.at = self.skip() + 1  # the colon
                table[name] = self.value(place)
            else:
                array.append(self.value((0, 0)))
        self.at += 1
        return table if end == "}" else array

    def name(self) -> str:
        """Read a quoted key."""
        import json

        name: str = json.loads(self.match(_STRING))
        return name

    def skip(self) -> int:
        """Pass over white space; return where it ends."""
        self.match(_SPACE)
        return self.at

    def match(self, pattern: re.Pattern[str]) -> str:
        """Pass over what a pattern matches, and return it."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise AssertionError("the document is known to be JSON")
        self.at = found.end()
        return found[0]
