"""JSON and YAML files as sources, with the places of their keys; single values from code."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.figment import Error, Figment, Json, Profile, Serialized, Yaml
from rocketpy.figment.place import find, place
from rocketpy.figment.providers.text_file import TextFile
from rocketpy.figment.value import Tag

if TYPE_CHECKING:
    from tests.support import Place

SAME = {
    "json": '{\n  "debug": {\n    "port": 81,\n    "hosts": ["a", {"b": 5}]\n  }\n}\n',
    "yaml": "# comment\ndebug:\n  port: 81\n  hosts: [a, {b: 5}]\n",
}
KINDS: dict[str, type[TextFile]] = {"json": Json, "yaml": Yaml}


@pytest.mark.parametrize("kind", SAME)
def test_a_file_of_profiles(place: Place, kind: str) -> None:
    """It is found upwards, each top-level key is a profile, and keys are spelled with it."""
    place.write(f"../app.{kind}", SAME[kind])
    figment = Figment.of(KINDS[kind].file(f"app.{kind}").nested()).select("Debug")
    assert figment.extract() == {"port": 81, "hosts": ["a", {"b": 5}]}
    assert str(figment.find_metadata("port")) == f"../app.{kind} {kind.upper()} file"
    assert figment.find("port").tag is not None


@pytest.mark.parametrize(
    ("kind", "path", "where", "text"),
    [
        ("json", ("port",), (3, 13), '    "port": 81,'),
        ("json", ("hosts", "1", "b"), (4, 26), '    "hosts": ["a", {"b": 5}]'),
        ("json", ("missing",), (2, 12), '  "debug": {'),
        ("yaml", ("port",), (3, 9), "  port: 81"),
        ("yaml", ("hosts", "1", "b"), (4, 18), "  hosts: [a, {b: 5}]"),
    ],
)
def test_places(
    place: Place, kind: str, path: tuple[str, ...], where: tuple[int, int], text: str
) -> None:
    """Values are found by line and column, as those of TOML are."""
    place.write(f"app.{kind}", SAME[kind])
    provider = KINDS[kind].file(f"app.{kind}").nested()
    found = find(Tag(provider.metadata(), Profile("debug")), path)
    assert found is not None
    reported = (found.file, (found.line, found.column), found.text)
    assert reported == (f"app.{kind}", where, text)


@pytest.mark.parametrize("kind", SAME)
def test_one_profile_and_none(place: Place, kind: str) -> None:
    """Flat files have one profile; a file that does not exist gives nothing."""
    flat = KINDS[kind].string('{"port": 1}')
    assert Figment.of(flat).extract() == {"port": 1}
    assert Figment.of(flat.for_profile("x")).extract() == {}
    assert Figment.of(KINDS[kind].file("missing")).extract() == {}
    assert str(flat.metadata()) == f"{kind.upper()} source string"
    place.write("empty", "")
    assert flat.selected() is None


REFUSED = [
    # the text                            | the line and column, if known | the words
    (Json, '{"a": 1,\n "a": 2}',            None,    "duplicate key `a`"),
    (Json, '{"a": NaN}',                    None,    "`NaN` is no number of JSON"),
    (Json, '{"a": 1\n "b": 2}',             (2, 2),  "expecting ',' delimiter"),
    (Json, "[1]",                           None,    "invalid type: sequence, expected a map"),
    (Json, "null",                          None,    "invalid type: unit, expected a map"),
    (Json, "[" * 100_000,                   None,    "nests too deep"),
    (Json, "",                              (1, 1),  "expecting value"),
    (Yaml, "a: b: c",                       (1, 5),  "mapping values are not allowed here"),
    (Yaml, "a: 1\na: 2",                    (2, 1),  "duplicate key `a`"),
    (Yaml, "a: 1\non: 2",                   (2, 1),  "a key must be a text"),
    (Yaml, "? [x]\n: 2",                    (1, 3),  "a key must be a text"),
    (Yaml, "a: &a [*a]",                    (1, 4),  "holds itself"),
    (Yaml, "a: !!python/object:os.system x", (1, 4), "could not determine a constructor"),
    (Yaml, "a: 2024-02-31",                 None,    "day is out of range"),
    (Yaml, "a: 1\n---\nb: 2",               (2, 1),  "a single document"),
    (Yaml, "\ta: 1",                        (1, 1),  "cannot start any token"),
    (Yaml, "a: \x01",                       None,    "unacceptable character"),
    (Yaml, "[" * 10_000,                    None,    "nests too deep"),
    (Yaml, "5",                             None,    "invalid type: integer, expected a map"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "position", "words"), REFUSED)
def test_texts_that_are_refused(
    kind: type[TextFile], text: str, position: tuple[int, int] | None, words: str
) -> None:
    """One error with the line where there is one, never another exception."""
    with pytest.raises(Error) as raised:
        Figment.of(kind.string(text)).extract()
    assert words in str(raised.value)
    assert raised.value.position == position


def test_billions_by_aliases() -> None:
    """A small text that its aliases make endless is refused, and soon."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Error, match="aliases"):
        Figment.of(Yaml.string("\n".join(lines))).extract()


def test_profiles_must_be_tables() -> None:
    """A value at the top of a file of profiles is reported with what to do."""
    for kind in (Json, Yaml):
        with pytest.raises(Error, match="expected a map for the profile `port`") as raised:
            Figment.of(kind.string('{"port": 80}').nested()).extract()
        assert raised.value.help == "every key at the top is a profile: put `port` under `default`"


def test_what_yaml_has_of_its_own(place: Place) -> None:
    """Dates, merged mappings and empty documents; a merged key has the place where it stands."""
    text = "base: &b {port: 1}\nday: 2024-02-29\nweb:\n  <<: *b\n  on: 2\n"
    path = place.write("app.yaml", text.replace("on:", "name:"))
    figment = Figment.of(Yaml.file(str(path)))
    assert figment.extract()["day"] == datetime.date(2024, 2, 29)
    assert figment.extract()["web"] == {"port": 1, "name": 2}
    tag = figment.find("web.port").tag
    assert tag is not None
    found = find(tag, ("web", "port"))
    assert found is not None
    assert (found.line, found.column) == (1, 17)
    assert Figment.of(Yaml.string("")).extract() == {}


def test_without_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package and how to get it."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(Error, match="need PyYAML") as raised:
        Figment.of(Yaml.string("a: 1")).extract()
    assert raised.value.help == "pip install pyyaml"


def test_a_syntax_error_has_its_place() -> None:
    """Line and column are left to the code that prints the error."""
    with pytest.raises(Error) as raised:
        Figment.of(Json.string('{\n  "a": tru\n}')).extract()
    assert str(raised.value).startswith(
        'JSON parse error at line 2, column 8\n  |\n2 |   "a": tru\n  |        ^\nexpecting value\n'
    )
    assert place(raised.value) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4), st.sampled_from([None, 0, 3]))
@settings(deadline=None, max_examples=60)
def test_json_comes_back_and_every_value_has_its_place(
    data: dict[str, Any], indent: int | None
) -> None:
    """What is written is read, in both formats; each value's place holds its text."""
    text = json.dumps(data, indent=indent)
    assert Figment.of(Json.string(text)).extract() == data
    lines = text.split("\n")
    spans = Json.spans(text)
    for name, value in data.items():
        span = spans.value((name,))
        assert span is not None
        if not isinstance(value, dict | list):
            reported = lines[span.line - 1][span.column - 1 : span.end_column - 1]
            assert json.loads(reported) == value


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=100)
def test_any_text_is_read_or_is_one_error(text: str) -> None:
    """Neither provider raises anything else."""
    for kind in (Json, Yaml):
        with contextlib.suppress(Error):
            Figment.of(kind.string(text)).extract()


def test_single_values() -> None:
    """A value under a dotted key; its source is the line that gives it."""
    figment = Figment.of(Serialized.default("tls.key", "a")).merge(Serialized.global_("port", 5))
    assert figment.extract() == {"tls": {"key": "a"}, "port": 5}
    assert __file__ in str(figment.find_metadata("port"))
    assert figment.merge(Serialized.default("port", 6)).extract()["port"] == 5
