"""The tree of places. What is taken and refused is in `test_toml_read`."""

import pytest

from rocketpy.figment.toml.document import read_document
from rocketpy.figment.toml.scalar import Reject


def test_kinds() -> None:
    text = "a = 'x'\nb = 1\nc = 1.0\nd = true\ne = 07:32:00\nf = []\ng = {}\n[h]\n[[i]]\n"
    assert [node.kind for node in read_document(text).value.values()] == [
        "string",
        "integer",
        "float",
        "boolean",
        "datetime",
        "array",
        "inline table",
        "table",
        "array of tables",
    ]


def test_order_is_that_of_headers() -> None:
    """A table that a longer key made moves to where its own header stands, as in the crate."""
    assert list(read_document("[z.q]\n[a]\n[z]\n").value) == ["a", "z"]


@pytest.mark.parametrize(
    "text",
    [
        "[a.b]\nc = 1\n[a]\nd = 1\n",
        "[a.b.c]\n[a]\nb.d.e = 1\n",
        "[[a.b]]\n[a]\nb.c.d = 1\n",
        "a.b = 1\n[a.c]\n",
    ],
)
def test_tables_that_the_crate_lets_grow(text: str) -> None:
    """Some of these TOML forbids; the crate does not."""
    assert read_document(text).value


@pytest.mark.parametrize(
    ("text", "pos", "reason"),
    [
        ("[a]\n[a]\n", 4, "invalid table header\nduplicate key `a` in document root"),
        ("[a.'b c']\n[a.'b c']", 10, 'invalid table header\nduplicate key `"b c"` in table `a`'),
        ("a.b = 1\na = 2", 8, "duplicate key `a` in document root"),
        ("a = {b.c = 1}\na.d = 1", 14, "dotted key `a` attempted to extend non-table type"),
        ("a = [1,\n2 # no end", 7, ""),
    ],
)
def test_refusals_name_the_place(text: str, pos: int, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        read_document(text)
    assert caught.value.pos == pos or not reason
    assert caught.value.reason.startswith(reason)
