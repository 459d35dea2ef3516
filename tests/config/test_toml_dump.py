"""A configuration as TOML that reads back to it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.config import sources
from rocketpy.config.keys import table as keys
from rocketpy.config.keys.shutdown import Sig
from rocketpy.config.keys.tls import CIPHERS
from rocketpy.config.toml_dump import toml_dump
from rocketpy.figment import Error, Figment, Serialized, Toml
from tests.support import Place

SECONDS = st.integers(0, 2**32 - 1)
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9)
PATH = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=9
).map("/".__add__)
PEM = PATH | st.lists(st.integers(0, 255), max_size=4)
SIZE = st.integers(0, 2**64 - 1) | st.sampled_from(["1 kB", "1.5MiB", "99 EiB"])

ROCKETS = st.fixed_dictionaries(
    {},
    optional={
        "address": st.ip_addresses().map(str),
        "port": st.integers(0, 2**16 - 1),
        "workers": st.integers(0, 2**63 - 1),
        "max_blocking": st.integers(0, 2**63 - 1),
        "ident": VISIBLE | st.just(False),
        "ip_header": st.sampled_from(["X", "x-y", False]),
        "limits": st.dictionaries(st.text(max_size=5), SIZE, max_size=4),
        "temp_dir": PATH,
        "keep_alive": SECONDS,
        "tls": st.fixed_dictionaries(
            {"certs": PEM, "key": PEM},
            optional={
                "ciphers": st.lists(st.sampled_from(CIPHERS)),
                "prefer_server_cipher_order": st.booleans(),
                "mutual": st.fixed_dictionaries(
                    {"ca_certs": PEM}, optional={"mandatory": st.booleans()}
                ),
                "other": st.integers(-9, 9),
            },
        ),
        "secret_key": st.binary(min_size=32, max_size=40).map(list)
        | st.binary(min_size=32, max_size=32).map(bytes.hex),
        "shutdown": st.fixed_dictionaries(
            {},
            optional={
                "ctrlc": st.booleans() | st.sampled_from([0, 1, "True"]),
                "signals": st.lists(st.sampled_from([str(sig) for sig in Sig])),
                "grace": SECONDS,
                "mercy": SECONDS,
                "force": st.booleans(),
            },
        ),
        "log_level": st.sampled_from(["off", "Normal", "DEBUG"]),
        "cli_colors": st.booleans() | st.sampled_from(["true", 0]),
    },
)

OWN = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.just("[redacted]")
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
OWN_KEYS = st.dictionaries(st.from_regex("x[a-z]{1,5}", fullmatch=True), OWN, max_size=4)


def again(layers: Figment) -> Figment:
    """Dump layers, and read what was dumped."""
    dumped = Toml.string(toml_dump(layers, reveal=True)).nested()
    return Figment.of(keys.Defaults()).merge(dumped).select(layers.profile)


def of(data: dict[str, Any], profile: str = "debug") -> Figment:
    """Return the layers of the defaults and of some data over them."""
    return Figment.of(keys.Defaults()).merge(Serialized.globals(data)).select(profile)


@given(rockets=ROCKETS, own=OWN_KEYS, profile=st.text(max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_is_dumped_loads_as_it_was(
    rockets: dict[str, Any], own: dict[str, Any], profile: str
) -> None:
    """Dumping with secrets and loading is the identity on a configuration, users' keys included."""
    layers = of(rockets | own, profile)
    loaded = again(layers)
    assert loaded.extract(keys.decode) == layers.extract(keys.decode)
    found, dumped = loaded.merged().plain(), layers.merged().plain()
    assert {key: found[key] for key in own} == {key: dumped[key] for key in own}


@given(rockets=ROCKETS)
@settings(max_examples=30, deadline=None)
def test_a_dump_dumps_as_itself(rockets: dict[str, Any]) -> None:
    """Once dumped, the text is final."""
    layers = of(rockets)
    assert toml_dump(again(layers), reveal=True) == toml_dump(layers, reveal=True)


def test_the_form_of_a_dump(place: Place) -> None:
    """A comment names the profile; all is in the profile `default`; no key of zeros."""
    text = toml_dump(sources.figment("staging"))
    assert text.startswith("# The configuration of the profile staging.\n\n[default]\n")
    table = tomllib.loads(text)
    assert list(table) == ["default"]
    assert "secret_key" not in table["default"]
    assert "tls" not in table["default"]


def test_a_profile_that_would_break_the_comment(place: Place) -> None:
    """Its name is quoted."""
    assert toml_dump(sources.figment("odd\nname")).startswith(
        "# The configuration of the profile 'odd\\nname'.\n"
    )


def test_secrets_are_left_out_and_named(place: Place) -> None:
    """Values by name, keys as bytes, lists and addresses that hold passwords."""
    place.write(
        "Rocket.toml",
        "[default]\nurl = 'db://u:hunter2@h'\nplain = ['x']\nlist = [{ token = 'hunter2' }]\n"
        "secret_key = [1" + ", 1" * 31 + "]\n"
        "[default.db]\npassword = 'hunter2'\npool = 1\n"
        "[default.tls]\ncerts = 'c.pem'\nkey = [1]\n",
    )
    hidden = toml_dump(sources.figment())
    assert "hunter2" not in hidden
    comments = [line.split()[1] for line in hidden.splitlines() if "is left out" in line]
    assert sorted(comments) == ["db.password", "list", "secret_key", "tls.key", "url"]
    table = tomllib.loads(hidden)["default"]
    assert (table["plain"], table["db"]) == (["x"], {"pool": 1})
    assert set(table["tls"]) == {"certs", "ciphers", "prefer_server_cipher_order"}
    assert toml_dump(sources.figment(), reveal=True).count("hunter2") == 3


def test_paths_are_written_as_they_are_meant(place: Place) -> None:
    """The file may stand anywhere: relative to its file, or to here, becomes absolute."""
    place.write("../Rocket.toml", "[default]\ntls = ['c', '/k', [], true, ['a']]\n")
    place.env(ROCKET_TEMP_DIR="tmp")
    table = tomllib.loads(toml_dump(sources.figment(), reveal=True))["default"]
    assert table["temp_dir"] == str(place.folder / "tmp")
    assert table["tls"] == {
        "certs": str(place.folder.parent / "c"),
        "key": "/k",
        "ciphers": [],
        "prefer_server_cipher_order": True,
        "mutual": {"ca_certs": str(place.folder.parent / "a"), "mandatory": False},
    }


def test_sizes_are_written_in_bytes(place: Place) -> None:
    """As integers, and as text where TOML has no such integer."""
    table = tomllib.loads(toml_dump(of({"limits": {"a": "2 kB", "b": "99 EiB"}})))["default"]
    assert (table["limits"]["a"], table["limits"]["b"]) == (2000, str(2**64 - 1))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"huge": 2**64 - 1}, "huge = 18446744073709551615 is more than a TOML integer holds"),
        ({"a": {"deep": -(2**63) - 1}}, "a.deep = -9223372036854775809 is more than"),
        ({"a": [1, [2**63]]}, "a = 9223372036854775808 is more than"),
        ({"workers": 2**64 - 1}, "workers = 18446744073709551615 is more"),
        ({"a": [1, None]}, "a holds nothing, which TOML has no form for"),
        ({"port": "x"}, "expected u16"),
    ],
)
def test_what_cannot_be_dumped(data: dict[str, Any], problem: str) -> None:
    """What TOML has no form for is refused by name; so is what cannot be used."""
    with pytest.raises(Error, match=problem):
        toml_dump(of(data))


def test_what_says_nothing_is_left_out() -> None:
    """An absent option is no key."""
    assert "nothing" not in toml_dump(of({"nothing": None}))
