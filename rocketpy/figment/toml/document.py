"""TOML documents as trees of places, read exactly as Rust's `toml` 0.8.23 reads them.

Slower than `tomllib`, and for what `tomllib` does not report: where things stand, what a datetime
looked like, and at which spot the `toml` crate gives up on a text. So this module is imported only
when one of these is needed.
"""

import re
from typing import Any, NamedTuple

from rocketpy.figment.rust_text import debug_str
from rocketpy.figment.toml.scalar import Reject, key_string, moment, number, string

# What the crate calls its recursion limit: nested arrays and inline tables, parts of a dotted key.
NESTING_LIMIT = 80
_TOO_DEEP = "recursion limit exceeded"

_SPACE = re.compile(r"[ \t]*")
_COMMENT = re.compile(r"[ \t]*(?:#[^\x00-\x08\n-\x1f\x7f]*)?")
_BLANK = re.compile(r"(?:[ \t\n]+|\r\n|#[^\x00-\x08\n-\x1f\x7f]*\r?\n)*+")
_BARE_KEY = re.compile("[A-Za-z0-9_-]+")
_LINE_END = re.compile(r"\r?\n|\Z")

_LINE_END_WANTED = ("newline", "`#`")
_QUOTE_WANTED = ('`"`', "`'`")
_WORDS = (
    ("true", "boolean", True),
    ("false", "boolean", False),
    ("inf", "float", float("inf")),
    ("nan", "float", float("nan")),
)


class Node:
    """A value and the place where it stands; offsets count characters.

    Attributes:
        kind: `string`, `integer`, `float`, `boolean`, `datetime`, `array`, `inline table`,
            `table` or `array of tables`.
        value: The scalar (a datetime's text), a list of nodes, or a dict of nodes.
        start: Where it begins. A table that has a header begins at it.
        end: Where it ends. A table ends with its header.
        key: Where its key stands, from and to; of an array's element, the element.
        implicit: A table that exists because a longer key does.
        dotted: A table made by a dotted key, to which other dotted keys may add.
    """

    __slots__ = ("dotted", "end", "implicit", "key", "kind", "start", "value")

    def __init__(self, kind: str, value: Any, start: int, end: int, key: tuple[int, int]) -> None:
        self.kind: str = kind
        self.value: Any = value
        self.start: int = start
        self.end: int = end
        self.key: tuple[int, int] = key
        self.implicit: bool = False
        self.dotted: bool = False


class _Key(NamedTuple):
    """A part of a dotted key and where it stands."""

    name: str
    start: int
    end: int


def read_document(text: str) -> Node:
    r"""Read a TOML document.

    Args:
        text: The document, which may begin with a byte order mark.

    Returns:
        Its root table; the entries of tables are in the order of the crate's.

    Raises:
        Reject: The crate refuses the text; the place and the reason are the crate's.

    Example:
        >>> port = read_document("[debug]\nport = 80").value["debug"].value["port"]
        >>> (port.kind, port.value, port.start, port.end, port.key)
        ('integer', 80, 15, 17, (8, 12))
    """
    return _Document(text).read()


class _Document:
    """The state of a reading: the text, the nesting, the table whose header came last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nesting = 0
        self.root = self.table = Node("table", {}, 0, 0, (0, 0))
        self.path: list[_Key] = []

    def read(self) -> Node:
        pos = self.space(int(self.text.startswith("\ufeff")))
        above = pos
        while pos < len(self.text):
            begin = pos
            try:
                pos = self.space(self.statement(pos))
            except Reject as miss:
                # A line without an equals sign may belong to a string that ended too early.
                line_end = self.text.find("\n", begin) % (len(self.text) + 1)
                miss.statement = begin if "=" in self.text[begin:line_end] else above
                miss.table = ".".join(key.name for key in self.path)
                raise
            above = begin if self.text[begin] not in "#\r\n" else above
        return self.root

    def statement(self, pos: int) -> int:
        """Read what begins here: a header, an entry, or a line without either."""
        char = self.text[pos]
        if char == "[":
            try:
                return self.header(pos)
            except Reject as miss:
                miss.label = miss.label or "table header"
                raise
        return self.line_end(pos) if char in "#\r\n" else self.entry(pos)

    # Blanks

    def space(self, pos: int) -> int:
        """The end of the spaces that stand here."""
        return _end(_SPACE, self.text, pos)

    def blank(self, pos: int) -> int:
        """The end of the spaces, line ends and comments that stand here, within an array."""
        end = _end(_BLANK, self.text, pos)
        if self.text.startswith(("#", "\r"), end):
            # A comment that the document ends, a control character: the crate is past it.
            end = _end(_COMMENT, self.text, end) + 1
            raise Reject(min(end, len(self.text)), final=False)
        return end

    def line_end(self, pos: int, expected: tuple[str, ...] = ()) -> int:
        """The begin of the next line, after nothing but a comment."""
        end = _end(_COMMENT, self.text, pos)
        found = _LINE_END.match(self.text, end)
        if not found:
            raise Reject(end, expected=expected)
        return found.end()

    # Keys

    def keys(self, pos: int) -> tuple[list[_Key], int]:
        """Read a dotted key, with the spaces around its parts."""
        keys: list[_Key] = []
        begin = end = pos
        while True:
            try:
                key = self.key(self.space(pos))
            except Reject as miss:
                if miss.final or not keys:
                    raise
                return keys, end
            keys.append(key)
            if len(keys) == NESTING_LIMIT:
                raise Reject(begin, cause=_TOO_DEEP, final=False)
            end = self.space(key.end)
            if not self.text.startswith(".", end):
                return keys, end
            pos = end + 1

    def key(self, pos: int) -> _Key:
        if self.text.startswith(('"', "'"), pos):
            return _Key(key_string(self.text, pos)[0], pos, key_string(self.text, pos)[1])
        found = _BARE_KEY.match(self.text, pos)
        if not found:
            raise Reject(pos, "key", final=False)
        return _Key(found[0], pos, found.end())

    def pair(self, pos: int) -> tuple[list[_Key], Node]:
        """Read a dotted key, the equals sign and a value."""
        keys, pos = self.keys(pos)
        if not self.text.startswith("=", pos):
            raise Reject(pos, expected=("`.`", "`=`"))
        try:
            node = self.value(self.space(pos + 1))
        except Reject as miss:
            miss.final = True
            raise
        node.key = (keys[-1].start, keys[-1].end)
        return keys, node

    # Tables

    def header(self, pos: int) -> int:
        """Read `[a.b]` or `[[a.b]]` and go on in that table."""
        if pos + 1 == len(self.text):
            raise Reject(pos)
        close = "]]" if self.text.startswith("[[", pos) else "]"
        keys, end = self.keys(pos + len(close))
        if not self.text.startswith(close, end):
            raise Reject(end, expected=("`.`", f"`{close}`"))
        end += len(close)
        after = self.line_end(end, _LINE_END_WANTED)
        parent = _descend(self.root, keys[:-1], pos)
        place = Node("table", {}, pos, end, (keys[-1].start, keys[-1].end))
        if not (_append if close == "]]" else _open)(parent, keys[-1].name, place):
            raise Reject(pos, cause=_duplicate(_shown(keys[-1].name), keys[:-1]))
        self.table, self.path = place, keys
        return after

    def entry(self, pos: int) -> int:
        """Read a line with a key and a value."""
        keys, node = self.pair(pos)
        after = self.line_end(node.end, _LINE_END_WANTED)
        _insert(self.table, keys, node, pos, self.path)
        return after

    # Values

    def value(self, pos: int) -> Node:
        text = self.text
        if pos == len(text):
            raise Reject(pos, final=False)
        char = text[pos]
        if char in "\"'":
            return _scalar("string", pos, string(text, pos))
        if char in "[{":
            return self.nested(pos)
        if char in "+-0123456789":
            if when := moment(text, pos):
                return _scalar("datetime", pos, when)
            found = number(text, pos)
            return _scalar("integer" if isinstance(found[0], int) else "float", pos, found)
        if char in "_.":
            kind = "integer" if char == "_" else "floating-point number"
            raise Reject(pos, kind, ("leading digit",), final=False)
        for word, kind, value in _WORDS:
            if text.startswith(word, pos):
                return _scalar(kind, pos, (value, pos + len(word)))
        raise Reject(pos, "string", _QUOTE_WANTED, final=char in "tf")

    def nested(self, pos: int) -> Node:
        self.nesting += 1
        if self.nesting == NESTING_LIMIT:
            raise Reject(pos, cause=_TOO_DEEP)
        node = self.array(pos) if self.text[pos] == "[" else self.inline_table(pos)
        self.nesting -= 1
        return node

    def array(self, begin: int) -> Node:
        nodes: list[Node] = []
        pos = begin + 1
        while True:
            try:
                node = self.value(self.blank(pos))
                end = self.blank(node.end)
            except Reject as miss:
                if miss.final:
                    raise
                break
            nodes.append(node)
            pos = end
            if not self.text.startswith(",", pos):
                break
            pos += 1
        try:
            pos = self.blank(pos)
        except Reject as miss:
            miss.final = True
            raise
        if not self.text.startswith("]", pos):
            raise Reject(pos, "array", ("`]`",))
        return _scalar("array", begin, (nodes, pos + 1))

    def inline_table(self, begin: int) -> Node:
        pairs: list[tuple[list[_Key], Node]] = []
        pos = end = begin + 1
        while True:
            try:
                pair = self.pair(pos)
            except Reject as miss:
                if miss.final:
                    raise
                break
            pairs.append(pair)
            end = self.space(pair[1].end)
            if not self.text.startswith(",", end):
                break
            pos = end + 1
        end = self.space(end)
        node = _scalar("inline table", begin, ({}, end + 1))
        for keys, value in pairs:
            _insert(node, keys, value, begin + 1)
        if not self.text.startswith("}", end):
            raise Reject(end, "inline table", ("`}`",))
        return node


def _end(pattern: re.Pattern[str], text: str, pos: int) -> int:
    """The end of a pattern that matches anywhere, if only the empty text."""
    found = pattern.match(text, pos)
    return found.end() if found else pos


def _scalar(kind: str, start: int, found: tuple[Any, int]) -> Node:
    value, end = found
    return Node(kind, value, start, end, (start, end))


def _append(parent: Node, name: str, table: Node) -> bool:
    """Add a table to an array of tables, which its first header makes; false if it is no such."""
    array = parent.value.get(name)
    if array is None:
        array = Node("array of tables", [], table.start, table.end, table.key)
        parent.value[name] = array
    if array.kind != "array of tables":
        return False
    array.value.append(table)
    return True


def _open(parent: Node, name: str, table: Node) -> bool:
    """Put the table of a header in its place; false if it has been defined."""
    old = parent.value.pop(name, None)
    if old and (old.dotted or not old.implicit):
        return False
    # Its place among its siblings is that of its own header, as in the crate.
    parent.value[name] = table
    table.value = old.value if old else {}
    return True


def _insert(
    table: Node, keys: list[_Key], node: Node, pos: int, path: list[_Key] | None = None
) -> None:
    """Put a value into a table or, without a path to show, into an inline table."""
    parent = _descend(table, keys[:-1], pos, dotted=True)
    name = keys[-1].name
    # A table that is no dotted key's takes dotted keys of one part only.
    if parent.dotted == (len(keys) == 1):
        raise Reject(pos, cause=_duplicate(name))
    if name in parent.value:
        raise Reject(pos, cause=_duplicate(name, path))
    parent.value[name] = node


def _descend(table: Node, keys: list[_Key], pos: int, *, dotted: bool = False) -> Node:
    """Go down to the table of a dotted key, making those that are missing."""
    inline = table.kind == "inline table"
    for depth, key in enumerate(keys):
        child = table.value.get(key.name)
        if child is None:
            place = (key.start, key.end)
            child = Node("table", {}, *place, place)
            child.implicit, child.dotted = True, dotted
            table.value[key.name] = child
        elif child.kind == "array of tables":
            child = child.value[-1]
        elif child.kind == "table" or (inline and child.kind == "inline table"):
            if dotted and not child.implicit:
                raise Reject(pos, cause=_duplicate(key.name))
        else:
            path = ".".join(key.name for key in keys[: depth + 1])
            cause = f"dotted key `{path}` attempted to extend non-table type ({child.kind})"
            raise Reject(pos, cause=cause)
        table = child
    return table


def _duplicate(name: str, path: list[_Key] | None = None) -> str:
    if path is None:
        return f"duplicate key `{name}`"
    where = f"table `{'.'.join(key.name for key in path)}`" if path else "document root"
    return f"duplicate key `{name}` in {where}"


def _shown(name: str) -> str:
    """A key as it could be written."""
    return name if _BARE_KEY.fullmatch(name) else debug_str(name)
