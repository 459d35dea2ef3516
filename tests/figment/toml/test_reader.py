"""The crate's answers, recorded: `tests/data/toml-test/README.md` says how."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocketpy.figment.toml import reader as toml_read
from rocketpy.figment.toml.reader import Datetime, TomlError, read_profiles, read_toml

DATA = Path(__file__).parents[2] / "data" / "toml-test"
RECORDED = [
    json.loads(line)
    for name in ("documents", "edges")
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]
# Characters and words that TOML gives a meaning to, and some that it does not.
PARTS = (
    st.sampled_from(["\n", "\r", "\r\n", " ", "\t", "#", "=", ".", ",", "[a]\n", "a = 1\n"])
    | st.sampled_from(["[", "]", "[[", "]]", "{", "}", '"', "'", '"""', "'''", "\\", "\\u00e9"])
    | st.sampled_from(["a", "b", "_", "-", "+", "1", "0x", "1.5", "e", "inf", "true"])
    | st.sampled_from(["é", "\ufeff", "\0", "1979-05-27", "T", "07:32:00", "Z"])
)


@pytest.fixture(params=["tomllib first", "exact alone"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml_read, "_SAME_LANGUAGE", request.param == "tomllib first")


def recorded(data: Any) -> Any:
    """Data as it was recorded; floats by their text, since nan is no equal of itself."""
    if isinstance(data, dict):
        return {key: recorded(value) for key, value in data.items()}
    if isinstance(data, list):
        return [recorded(value) for value in data]
    if isinstance(data, Datetime):
        return {"$datetime": data.text}
    return {"$float": repr(data)} if isinstance(data, float) else data


def normal(data: Any) -> Any:
    """The same spelling of floats for Rust's and Python's."""
    if isinstance(data, dict):
        if data.keys() == {"$float"} and isinstance(data["$float"], str):
            return {"$float": repr(float(data["$float"]))}
        return {key: normal(value) for key, value in data.items()}
    return [normal(value) for value in data] if isinstance(data, list) else data


def outcome(read: Callable[[str], dict[str, Any]], text: str) -> tuple[Any, TomlError | None]:
    """What is read, or the refusal."""
    try:
        return recorded(read(text)), None
    except TomlError as error:
        return None, error


def same_refusal(error: TomlError, report: str | None, text: str) -> bool:
    """Whether a refusal is the crate's: by its line always, by column and words if recorded.

    The crate counts bytes in front of some letters, and has no words for some refusals.
    """
    head, _, _, _, *reason = (report or "none\n\n\n\n").split("\n")
    said = "\n".join(reason).strip("\n")
    place = f"TOML parse error at line {error.line}, column {error.column}"
    if text.isascii() and said:
        return (place, error.reason) == (head, said)
    return place.partition(",")[0] == head.partition(",")[0]


@pytest.mark.usefixtures("_both_ways")
def test_takes_and_refuses_what_the_crate_does() -> None:
    for document in RECORDED:
        data, error = outcome(read_toml, document["text"])
        if error:
            assert same_refusal(error, document.get("error"), document["text"]), document
        else:
            assert normal(data) == normal(document.get("data")), document


@pytest.mark.usefixtures("_both_ways")
def test_a_profile_is_a_table() -> None:
    """The first value that is none is refused, in the order and the words of the crate."""
    for document in RECORDED:
        data, error = outcome(read_profiles, document["text"])
        if error:
            report = document.get("profiles") or document.get("error")
            assert same_refusal(error, report, document["text"]), document
        else:
            assert "profiles" not in document, document
            assert normal(data) == normal(document["data"])


@pytest.mark.parametrize(
    ("value", "described"),
    [
        ("80", "integer `80`"),
        ("80.0", "floating point `80.0`"),
        ("-1.5e-7", "floating point `-0.00000015`"),
        ("inf", "floating point `inf`"),
        ("nan", "floating point `NaN`"),
        ("false", "boolean `false`"),
        ("'a\"b'", r'string "a\"b"'),
        ("[{}]", "sequence"),
    ],
)
def test_a_value_in_a_profiles_place_is_described(value: str, described: str) -> None:
    with pytest.raises(TomlError) as caught:
        read_profiles(f"x = {value}\n[y]\n")
    assert (caught.value.line, caught.value.column) == (1, 5)
    assert caught.value.reason == f"invalid type: {described}, expected a map"


def test_a_datetime_passes_for_a_profile() -> None:
    """To the crate it is a map with one secret key, and Figment takes it for a profile."""
    assert read_profiles("a = 07:32:00\n[b]\n") == {"a": Datetime("07:32:00"), "b": {}}


def test_python_that_reads_newer_toml_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.15 on `tomllib` takes TOML 1.1, which Rocket refuses."""
    monkeypatch.setattr(tomllib, "loads", lambda text: {"taken": text})
    assert read_toml("a = {\n}") == {"taken": "a = {\n}"}
    monkeypatch.setattr(toml_read, "_SAME_LANGUAGE", False)
    with pytest.raises(TomlError):
        read_toml("a = {\n}")


def test_reports_name_the_place() -> None:
    """In the form of the crate, the caret under the spot, whatever stands before it."""
    with pytest.raises(TomlError) as caught:
        read_toml('[a]\r\n\tü = "\x1b[2J"\r\n')
    assert str(caught.value) == (
        'TOML parse error at line 2, column 2\n  |\n2 | \tü = "␛[2J"\n  | \t^\ninvalid key\n'
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [("", (1, 1)), ("a", (1, 2)), ("a\n", (1, 3)), ("a\nb", (2, 2))],
)
def test_the_end_of_a_text_is_on_its_last_line(text: str, place: tuple[int, int]) -> None:
    error = TomlError(text, len(text), len(text) + 1, "no more")
    assert (error.line, error.column) == place
    assert str(error).endswith("^\nno more\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a =", "unexpected end of file"),
        ("a = 1\n\r", "unexpected character"),
        ("# \x07", "unexpected character"),
        ("a = [ # no end", "unexpected end of file"),
        ("[a.b]\n=.", "invalid key"),
    ],
)
def test_there_is_always_a_reason(text: str, reason: str) -> None:
    """Where the crate says nothing, we do."""
    with pytest.raises(TomlError, match=reason):
        read_toml(text)


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 100_000) + " = 1",
        "[" + ".".join("a" * 100_000) + "]",
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 100_000,
        "a = {" + ".".join("b" * 79) + " = {" + ".".join("c" * 79) + " = {d.e = 1}}}",
    ],
    ids=["dotted key", "header", "arrays", "tables", "dotted keys in tables"],
)
def test_depth_has_a_limit(text: str) -> None:
    """No depth of a document overflows the reader's stack."""
    with pytest.raises(TomlError, match="recursion limit exceeded"):
        read_toml(text)


@pytest.mark.parametrize("key", ["b.d", "'b'.d", " b . d"])
def test_a_dotted_key_adds_to_no_table_of_a_header(key: str) -> None:
    """Rocket refuses it, `tomllib` does not."""
    with pytest.raises(TomlError, match="duplicate key `d`") as caught:
        read_toml(f"# 1.\n[a.b.c]\nx = 1.5\n[a]\n{key} = 1.5\n")
    assert caught.value.line == 5


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_integers_are_of_64_bits(number: int) -> None:
    """Python's are not, so `tomllib` takes them."""
    with pytest.raises(TomlError, match="to fit in target type") as caught:
        read_toml(f"a = 1\nb = [\n{number}]")
    assert (caught.value.line, caught.value.column) == (3, 1)


def test_tables_may_nest_by_several_ways() -> None:
    """What is limited is the length of one key, and the nesting of brackets."""
    data: Any = read_toml(f"[{'.'.join('a' * 60)}]\n{'.'.join('b' * 60)} = 1")
    for key in "a" * 60 + "b" * 60:
        data = data[key]
    assert data == 1


def test_many_dots_are_no_offence() -> None:
    data = read_toml(f"a = '{'.' * 1000}'\nb.c.d = 1\n")
    assert data == {"a": "." * 1000, "b": {"c": {"d": 1}}}


@given(st.text() | st.lists(PARTS).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but `TomlError` comes out, with a place within the text, and both ways agree."""
    answers = []
    for same in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(toml_read, "_SAME_LANGUAGE", same)
            data, error = outcome(read_toml, text)
        answers.append((data, str(error)))
        if error:
            assert 1 <= error.line <= text.count("\n") + 1
            assert error.column >= 1
            assert error.reason
    assert answers[0] == answers[1]
