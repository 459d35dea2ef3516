"""Where the keys and values of a document stand: a TOML one, or one of another format.

For errors and explanations only: a start that goes well does not import it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rocketpy.figment.toml.document import Node, read_document
from rocketpy.figment.toml.scalar import Reject


class Span(NamedTuple):
    """A place in a text; lines and columns count from 1, columns in characters.

    Attributes:
        line: The line of the first character.
        column: Its column.
        end_line: The line of the last character.
        end_column: The column behind it.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Spans:
    r"""The places of a document's keys and values.

    A path is of a table's keys and of an array's indices, such as `("default", "tls", "certs", 0)`.
    Numbers may be given as text and the other way round: errors name elements so. Of a path that is
    not there, and of a text that is not of the format, no place is known.

    Args:
        text: The document.
        read: Returns its root table; another format's reader makes nodes of the same form. It
            raises `Reject` or `ValueError` where it cannot read the text.

    Example:
        >>> spans = Spans("[debug]\nlimits.json = '1MiB'\n")
        >>> spans.key(("debug", "limits", "json"))
        Span(line=2, column=8, end_line=2, end_column=12)
        >>> spans.value(("debug", "limits", "json"))
        Span(line=2, column=15, end_line=2, end_column=21)
        >>> spans.value(("debug", "port"))
    """

    def __init__(self, text: str, read: Callable[[str], Node] = read_document) -> None:
        try:
            self._root = read(text)
        except (Reject, ValueError, RecursionError):
            self._root = Node("table", {}, 0, 0, (0, 0))
        self._size = len(text)
        self._lines = [0]
        while found := text.find("\n", self._lines[-1]) + 1:
            self._lines.append(found)

    def key(self, path: Sequence[str | int]) -> Span | None:
        """Find a key.

        Args:
            path: Where it is in the data.

        Returns:
            The place of the path's last part: as it stands before `=`, or in the header of its
            table; for an element of an array, the element.
        """
        node = self._find(path)
        return None if node is None else self._span(*node.key)

    def value(self, path: Sequence[str | int]) -> Span | None:
        """Find a value.

        Args:
            path: Where it is in the data.

        Returns:
            Its place. That of a table is its header; of an array of tables, the first header; of a
            table that has none, the key by which it exists.
        """
        node = self._find(path)
        return None if node is None else self._span(node.start, node.end)

    def on_line(self, line: int) -> Iterator[tuple[tuple[str, ...], int, int]]:
        r"""Find the values that are no tables and no arrays, as far as they stand on a line.

        Args:
            line: The line, from 1.

        Yields:
            The path of each, and where it begins and ends in the line, from 0.

        Example:
            >>> list(Spans("a = 1\nb = [2, 'x']\n").on_line(2))
            [(('b', '0'), 5, 6), (('b', '1'), 8, 11)]
        """
        first = self._lines[line - 1] if line <= len(self._lines) else self._size
        behind = self._lines[line] - 1 if line < len(self._lines) else self._size
        yield from self._within(self._root, (), first, behind)

    def _within(
        self, node: Node, path: tuple[str, ...], first: int, behind: int
    ) -> Iterator[tuple[tuple[str, ...], int, int]]:
        children = node.value
        if isinstance(children, dict):
            for key, child in children.items():
                yield from self._within(child, (*path, key), first, behind)
        elif isinstance(children, list):
            for index, child in enumerate(children):
                yield from self._within(child, (*path, str(index)), first, behind)
        elif node.start < behind and first < node.end:
            yield path, max(node.start, first) - first, min(node.end, behind) - first

    def _find(self, path: Sequence[str | int]) -> Node | None:
        node = self._root
        for part in path:
            children = node.value
            if isinstance(children, list):
                children = {str(index): child for index, child in enumerate(children)}
            if not isinstance(children, dict) or str(part) not in children:
                return None
            node = children[str(part)]
        return node

    def _span(self, start: int, end: int) -> Span:
        return Span(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1
