"""TOML text to plain data, accepting and refusing what Rust's `toml` 0.8.23 does.

The standard library's `tomllib` reads nearly every document. `toml_document`, slower and exact, is
imported for the others: those that `tomllib` refuses, to learn where and whether the crate does
too, and those with something that the two take differently.
"""

import sys
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rocketpy.figment.toml.document import Node

# From Python 3.15 on, tomllib reads TOML 1.1, which the crate does not know.
_SAME_LANGUAGE = sys.version_info < (3, 15)
_I64 = range(-(2**63), 2**63)
# Of nested containers, and of a dotted key's parts, the crate takes fewer than this.
_DEPTH = 80

# A report goes to terminals: control characters but the tab are shown by their pictures.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) != "\t"}
_PICTURES |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)


class TomlError(ValueError):
    r"""A document that is not TOML, or not of the shape that was expected.

    `str()` of it is a short report in the form of the `toml` crate: the place, the line with a
    caret under the spot, the reason; it ends in a newline.

    Attributes:
        reason: What is wrong, without the place; may be of more than one line.
        line: The line, from 1.
        column: The column, from 1, counted in characters.
        statement: The name of the table that it is in, in a line of its own, and the text of the
            statement up to the end of the line. Where the statement is not known, all text above.

    Example:
        >>> print(TomlError("a = 1\nb = yes", 10, 11, "quotes are missing"), end="")
        TOML parse error at line 2, column 5
          |
        2 | b = yes
          |     ^
        quotes are missing
    """

    def __init__(  # noqa: PLR0913  (where, what, and what it belongs to)
        self, text: str, start: int, end: int, reason: str, *, statement: int = 0, table: str = ""
    ) -> None:
        # An error at the very end belongs to the line that the last character ends.
        at = min(start, max(len(text) - 1, 0))
        begin = text.rfind("\n", 0, at) + 1
        self.line: int = text.count("\n", 0, begin) + 1
        self.column: int = start - begin + 1
        self.reason = reason
        content = text[begin:].split("\n", 1)[0].removesuffix("\r").translate(_PICTURES)
        self.statement: str = f"{table}\n{text[statement:begin]}{content}"
        before = content[: self.column - 1].ljust(self.column - 1)
        indent = "".join(char if char == "\t" else " " for char in before)
        width = max(1, min(end - start, len(content) - self.column + 1))
        gutter = " " * len(str(self.line))
        super().__init__(
            f"TOML parse error at line {self.line}, column {self.column}\n"
            f"{gutter} |\n"
            f"{self.line} | {content}\n"
            f"{gutter} | {indent}{'^' * width}\n"
            f"{reason}\n"
        )


class Datetime(NamedTuple):
    """A date, a time or both, as the text that the `toml` crate prints for it.

    Attributes:
        text: For instance `1979-05-27T07:32:00Z`, `1979-05-27`, `07:32:00.5`.
    """

    text: str


def read_toml(text: str) -> dict[str, Any]:
    r"""Parse a TOML document.

    Args:
        text: The document. A byte order mark before it is passed over.

    Returns:
        Its root table. Values are `str`, `int` (of 64 bits), `float`, `bool`, `list`, `dict` and
        `Datetime`.

    Raises:
        TomlError: The text is not TOML, as the `toml` crate sees it, or nests too deep.

    Example:
        >>> read_toml("port = 8000\nsince = 1979-05-27 07:32:00.50")
        {'port': 8000, 'since': Datetime(text='1979-05-27T07:32:00.5')}
    """
    body = text.removeprefix("\ufeff")
    if _SAME_LANGUAGE and _read_alike(body):
        try:
            data = tomllib.loads(body)
        except (ValueError, RecursionError):
            pass
        else:
            if _taken_alike(data, 1):
                return data
    table: dict[str, Any] = _plain(_exactly(text), 0, text)
    return table


def read_profiles(text: str) -> dict[str, Any]:
    r"""Parse a TOML document in which every top-level key is a profile.

    Args:
        text: The document.

    Returns:
        Profile name to table (`dict`). A top-level datetime passes, as in Figment: it is a
        `Datetime`.

    Raises:
        TomlError: The text is not TOML, or a top-level value is no table.

    Example:
        >>> read_profiles("[debug]\nport = 1")
        {'debug': {'port': 1}}
        >>> try:
        ...     read_profiles("port = 80")
        ... except TomlError as error:
        ...     print(error, end="")
        TOML parse error at line 1, column 8
          |
        1 | port = 80
          |        ^^
        invalid type: integer `80`, expected a map
    """
    data = read_toml(text)
    if all(isinstance(value, (dict, Datetime)) for value in data.values()):
        return data
    first = next(
        node
        for node in _exactly(text).value.values()
        if node.kind not in {"table", "inline table", "datetime"}
    )
    reason = f"invalid type: {_described(first)}, expected a map"
    raise TomlError(text, first.start, first.end, reason, statement=first.key[0])


def _read_alike(text: str) -> bool:
    """Return whether `tomllib` reads the keys of a text surely as the crate does, and in time.

    Two sorts of keys it takes and the crate does not. After `[a.b.c]` and `[a]`, a dotted key such
    as `b.d` adds to a table that is not its own. A key of very many parts is too deep; `tomllib`
    takes it in time that grows faster than its length.
    """
    after_dotted_header = False
    for line in text.split("\n"):
        if "." not in line:
            continue
        if line.count(".") >= _DEPTH - 1:
            return False
        start = line.lstrip(" \t")
        if start.startswith("["):
            after_dotted_header = True
        elif after_dotted_header and _may_be_dotted(start):
            return False
    return True


def _may_be_dotted(line: str) -> bool:
    """Return whether a line may begin with a dotted key.

    A line within a value may look like one: then it is read exactly in vain, no more.
    """
    key, equals, _ = line.partition("=")
    return bool(equals) and not line.startswith("#") and ("." in key or line[0] in "\"'")


def _taken_alike(data: dict[str, Any] | list[Any], depth: int) -> bool:
    """Return whether the crate surely makes the same of what `tomllib` made this of."""
    if depth == _DEPTH:
        return False
    for value in data.values() if isinstance(data, dict) else data:
        kind = type(value)
        if kind is dict or kind is list:
            if not _taken_alike(value, depth + 1):
                return False
        elif kind is int:
            if value not in _I64:
                return False
        elif kind is float:
            if value == float("inf"):
                return False
        elif kind is not str and kind is not bool:
            return False
    return True


def _exactly(text: str) -> "Node":
    from rocketpy.figment.toml.document import read_document
    from rocketpy.figment.toml.scalar import Reject

    try:
        return read_document(text)
    except Reject as error:
        # Where the crate has no words, it met a control character or the end.
        end = "unexpected end of file" if error.pos >= len(text) else "unexpected character"
        reason = error.reason or end
        raise TomlError(
            text, error.pos, error.pos + 1, reason, statement=error.statement, table=error.table
        ) from None


def _plain(node: "Node", depth: int, text: str) -> Any:
    """Make plain data of a node, of a depth that other code can follow."""
    if depth == 2 * _DEPTH:
        raise TomlError(text, node.start, node.end, "recursion limit exceeded")
    if isinstance(node.value, dict):
        return {key: _plain(value, depth + 1, text) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(value, depth + 1, text) for value in node.value]
    return Datetime(node.value) if node.kind == "datetime" else node.value


def _described(node: "Node") -> str:
    """Describe a value as serde does."""
    from rocketpy.figment.rust_text import debug_str, display_float

    match node.kind:
        case "integer":
            return f"integer `{node.value}`"
        case "float":
            shown = display_float(node.value)
            return f"floating point `{shown}{'.0' if shown.lstrip('-').isdigit() else ''}`"
        case "boolean":
            return f"boolean `{str(node.value).lower()}`"
        case "string":
            return f"string {debug_str(node.value)}"
        case _:
            return "sequence"
