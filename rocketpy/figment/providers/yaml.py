"""Values from YAML files, where PyYAML is installed."""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from rocketpy.figment.error import Error
from rocketpy.figment.providers.text_file import TextFile, syntax_error, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.toml.document import Node
    from rocketpy.figment.toml.positions import Spans

MOST_NODES = 1_000_000
"""Nodes that a document may come to with its aliases followed: a few lines can name billions."""

_MERGE = "tag:yaml.org,2002:merge"


def _spans(text: str) -> Spans:
    from rocketpy.figment.toml.positions import Spans

    return Spans(text, lambda text: _node(_library().compose(text, _library().SafeLoader)))


class Yaml(TextFile):
    r"""A provider of a YAML file, or of a text: one document, safe tags, each key once.

    It needs PyYAML (`pip install pyyaml`), which reads YAML 1.1: there `on`, `yes` and `no` are
    booleans, and quotes make them texts.

    >>> dict(Yaml.string("port: 80\nhosts: [a, b]").data())
    {Profile('default'): {'port': 80, 'hosts': ['a', 'b']}}
    """

    FORMAT: ClassVar[str] = "YAML"
    spans: ClassVar[Any] = staticmethod(_spans)

    def read(self, text: str, *, profiles: bool) -> dict[str, Any]:
        """Return a text's mapping; an empty text is an empty one.

        Raises:
            Error: PyYAML is not installed; the text is no YAML, or not of that shape.
        """
        yaml = _library()
        try:
            with contextlib.ExitStack() as stack:
                loader = yaml.SafeLoader(text.removeprefix("\ufeff"))
                stack.callback(loader.dispose)
                root = loader.get_single_node()
                _refuse_twice(root, text)
                data = loader.construct_document(root) if root is not None else {}
        except Error:
            raise
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = " ".join(filter(None, (error.context, error.problem)))
            raise _at(text, mark, reason, _HELP.get(error.problem or "", "")) from None
        except yaml.YAMLError as error:
            raise Error(f"{error}\n") from None
        except ValueError as error:  # a date that is none, such as 2024-02-31
            raise Error(f"{error}\n") from None
        except RecursionError:
            raise Error("the document nests too deep\n") from None
        return table_of(data, profiles=profiles)


_HELP = {
    "found character '\\t' that cannot start any token": "indent with spaces",
    "mapping values are not allowed here": "put a value that has `: ` in it in quotes",
}


def _library() -> Any:
    """Return PyYAML, which nothing else in this package needs.

    Raises:
        Error: it is not installed.
    """
    try:
        return import_module("yaml")
    except ModuleNotFoundError:
        raise Error(
            "YAML files need PyYAML, which is not installed\n", help="pip install pyyaml"
        ) from None


def _at(text: str, mark: Any, reason: str, help_: str = "") -> Error:
    return syntax_error("YAML", text, (mark.line + 1, mark.column + 1), reason, help_)


def _refuse_twice(root: Any, text: str) -> None:
    """Refuse what PyYAML takes in silence, or without an end.

    Raises:
        Error: a key is given twice or is no text, a node holds itself, or aliases make too much.
    """
    count = 0
    waiting = [(root, frozenset[int]())] if root is not None else []
    while waiting:
        node, above = waiting.pop()
        count += 1
        if count > MOST_NODES:
            raise _at(text, root.start_mark, "the aliases of the document make too much of it")
        if id(node) in above:
            raise _at(text, node.start_mark, "the value holds itself")
        if isinstance(node.value, str):
            continue
        inner = above | {id(node)}
        if node.id == "sequence":
            waiting += [(part, inner) for part in node.value]
            continue
        seen = set()
        for key, value in node.value:
            if key.tag == _MERGE:
                waiting.append((value, inner))
                continue
            if key.id != "scalar" or not key.tag.endswith(":str"):
                help_ = f"put it in quotes: '{key.value}'" if key.id == "scalar" else ""
                raise _at(text, key.start_mark, "a key must be a text", help_)
            if key.value in seen:
                raise _at(text, key.start_mark, f"duplicate key `{key.value}`", "leave one of them")
            seen.add(key.value)
            waiting.append((value, inner))


def _node(composed: Any) -> Node:
    """Make a node with places of PyYAML's."""
    from rocketpy.figment.toml.document import Node

    def made(node: Any, key: Any) -> Node:
        start, end = _extent(node)
        value: Any = node.value
        if node.id == "sequence":
            value = [made(part, part) for part in node.value]
        elif node.id == "mapping":
            value = {name.value: made(part, name) for name, part in _pairs(node)}
        return Node(node.id, value, start, end, _extent(key))

    return made(composed, composed)


def _pairs(mapping: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a mapping's keys and values; first those that it merges in, which its own replace."""
    for key, value in mapping.value:
        if key.tag == _MERGE:
            for source in value.value if value.id == "sequence" else [value]:
                yield from _pairs(source)
    for key, value in mapping.value:
        if key.tag != _MERGE:
            yield key, value


def _extent(node: Any) -> tuple[int, int]:
    return node.start_mark.index, max(node.end_mark.index, node.start_mark.index + 1)
