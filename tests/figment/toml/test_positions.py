"""Every key and value is found where it stands."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from rocketpy.figment.toml.positions import Span, Spans
from rocketpy.figment.toml.reader import TomlError, read_toml

DATA = Path(__file__).parents[2] / "data" / "toml-test"
TAKEN = [
    document["text"]
    for name in ("documents", "edges")
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    if line and "data" in (document := json.loads(line))
]
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)
TABLES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=5)


def walk(
    data: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every path that data has, with what is there."""
    if path:
        yield path, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    if isinstance(data, list):
        for index, value in enumerate(data):
            yield from walk(value, (*path, index))


def cut(text: str, span: Span | None) -> str:
    """The text at a place."""
    assert span is not None
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def is_header(there: str, value: Any) -> bool:
    """Whether a place is that of a table's header, rather than of a value."""
    if not isinstance(value[0] if isinstance(value, list) and value else value, dict):
        return False
    try:
        return there.startswith("[") and bool(read_toml(there))
    except TomlError:
        return False


def check(text: str) -> None:
    """Compare what stands at the place of every key and value with what was read."""
    spans = Spans(text)
    for path, value in walk(read_toml(text)):
        key, there = cut(text, spans.key(path)), cut(text, spans.value(path))
        if isinstance(path[-1], str):
            assert read_toml(f"{key} = 1") == {path[-1]: 1}, path
        if not is_header(there, value) and not (there == key and isinstance(value, dict)):
            assert repr(read_toml(f"x = {there}")) == repr({"x": value}), path


@pytest.mark.parametrize("text", TAKEN)
def test_finds_all_of_toml_test(text: str) -> None:
    check(text)


@given(TABLES)
def test_finds_all_that_is_written(data: dict[str, Any]) -> None:
    check(tomli_w.dumps(data))
    check(tomli_w.dumps(data, multiline_strings=True).replace("\n", "\r\n"))


@given(st.text(), st.lists(st.text() | st.integers()))
def test_never_raises(text: str, path: list[str | int]) -> None:
    spans = Spans(text)
    spans.key(path)
    spans.value(path)


TEXT = """\
[default] # here
ports = [80,
  { https = 443 }]
"a.b" . c = "日本" # x

[[default.item]]
[[default.item]]
name = '''
x'''
[default.item.sub]
[x.y]
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("default",), (1, 2, 1, 9), (1, 1, 1, 10)),
        (("default", "ports"), (2, 1, 2, 6), (2, 9, 3, 19)),
        (("default", "ports", 0), (2, 10, 2, 12), (2, 10, 2, 12)),
        (("default", "ports", "1", "https"), (3, 5, 3, 10), (3, 13, 3, 16)),
        (("default", "ports", 1, "https"), (3, 5, 3, 10), (3, 13, 3, 16)),
        (("default", "a.b"), (4, 1, 4, 6), (4, 1, 4, 6)),
        (("default", "a.b", "c"), (4, 9, 4, 10), (4, 13, 4, 17)),
        (("default", "item"), (6, 11, 6, 15), (6, 1, 6, 17)),
        (("default", "item", 1), (7, 11, 7, 15), (7, 1, 7, 17)),
        (("default", "item", 1, "name"), (8, 1, 8, 5), (8, 8, 9, 5)),
        (("default", "item", 1, "sub"), (10, 15, 10, 18), (10, 1, 10, 19)),
        (("x",), (11, 2, 11, 3), (11, 2, 11, 3)),
        (("x", "y"), (11, 4, 11, 5), (11, 1, 11, 6)),
    ],
)
def test_places(path: tuple[str | int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> None:
    spans = Spans(TEXT)
    assert spans.key(path) == key
    assert spans.value(path) == value


@pytest.mark.parametrize(
    "path",
    [
        ("nothing",),
        ("default", 0),
        ("default", "ports", 2),
        ("default", "ports", -1),
        ("default", "ports", "http"),
        ("default", "ports", 0, "deeper"),
    ],
)
def test_what_is_not_there_has_no_place(path: tuple[str | int, ...]) -> None:
    spans = Spans(TEXT)
    assert spans.key(path) is None
    assert spans.value(path) is None


def test_of_no_toml_there_is_no_place() -> None:
    with pytest.raises(TomlError):
        read_toml("a = 1\n=")
    assert Spans("a = 1\n=").key(("a",)) is None


def test_a_stack_that_is_nearly_full_is_survived() -> None:
    """Rendering an error must not raise another, wherever it happens."""
    nested = "a = " + "[" * 70 + "]" * 70

    def sink(depth: int) -> Span | None:
        return sink(depth - 1) if depth else Spans(nested).key(("a",))

    assert sink(0) == (1, 1, 1, 2)
    used = 0
    frame = sys._getframe()
    while frame.f_back:
        frame, used = frame.f_back, used + 1
    assert sink(sys.getrecursionlimit() - used - 50) is None
