"""The types of Rocket's keys, beyond what Rocket's recorded answers reach."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy import Config
from rocketpy.config import lazy_imports as late
from rocketpy.config import report, secrets, sources
from rocketpy.config.dump import dump
from rocketpy.config.keys import limits, path, secret_key, shutdown, tls, workers
from rocketpy.config.keys import table as keys
from rocketpy.config.toml_dump import toml_dump
from rocketpy.figment import Error, Figment, Serialized, Toml, Value
from rocketpy.figment.value import born

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Place


# -- limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "limit"),
    [("file", 1), ("FILE", 1), ("file/png", 1), ("file/jpg", 2), ("file/jpg/x", 2), ("x/y", None)],
)
def test_limits_are_found_by_what_stands_before_the_slash(name: str, limit: int | None) -> None:
    """The nearest name counts, whatever its case."""
    found = limits.Limits({"file": 1, "file/jpg": 2})
    assert found.find(name) == limit
    assert (len(found), found["file"], list(found)) == (2, 1, ["file", "file/jpg"])
    assert repr(found) == "Limits({'file': 1, 'file/jpg': 2})"


@given(size=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_sizes_print_and_read_as_they_are(size: int) -> None:
    """A number of bytes reads as itself, and prints with a unit."""
    assert limits.parse_size(str(size)) == size
    assert limits.display_size(size)[-1] == "B"


# -- paths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "resolved"),
    [
        ("/a/c.toml", "/a/x"),
        ("/a/./c.toml", "/a/x"),
        ("/./c.toml", "/x"),
        ("/a/../c.toml", "/a/../x"),
    ],
)
def test_paths_are_relative_to_their_file(file: str, resolved: str) -> None:
    """A path is joined to the folder of its file, by text alone."""
    figment = Figment.of(Serialized({"p": "x"}, metadata=Toml(file).metadata()))
    found = path.decode(figment.find("p"))
    assert (str(found), os.fspath(found), found.original) == (resolved, resolved, "x")


# -- secret_key ------------------------------------------------------------------------------------


def test_a_key_does_not_show_itself() -> None:
    """Its text says what it is; it cannot be stored; it compares."""
    key = secret_key.decode(Value("0f" * 32))
    generated = secret_key.SecretKey(b"x" * 32, provided=False)
    assert [str(key), repr(key), str(generated)] == [
        "[provided]",
        "SecretKey([provided])",
        "[generated]",
    ]
    assert len({key, secret_key.decode(Value("0F" * 32)), generated}) == 2
    assert not key.is_published
    assert secret_key.decode(Value(secret_key.PUBLISHED)).is_published
    with pytest.raises(TypeError, match="not to be stored"):
        pickle.dumps(key)


@pytest.mark.parametrize("text", ["zz" * 32, "é" * 32, "=" * 44, "A===" * 11, "AAB=" * 11])
def test_what_is_no_key(text: str) -> None:
    """Texts of a right length that are no base64 and no hexadecimal are refused."""
    with pytest.raises(Error, match="expected 256-bit base64 or hex"):
        secret_key.decode(Value(text))


# -- shutdown, tls ---------------------------------------------------------------------------------


def test_signals_are_the_systems() -> None:
    """Every name of a signal is one of the system's; the end prints as Rocket's."""
    assert shutdown.Sig.USR1.number is signal.SIGUSR1
    assert str(shutdown.Shutdown(ctrlc=False)) == (
        "ctrlc = false, force = true, signals = [SIGTERM], grace = 2s, mercy = 3s"
    )


def test_tls_shows_no_key() -> None:
    """A key that is given as bytes is counted, not shown."""
    config = tls.decode(born({"certs": "c", "key": [1, 2, 3]}, None))
    assert repr(config) == "TlsConfig(certs=c, key=[3 bytes], …)"


# -- workers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/app\n", "sys/fs/cgroup/app/cpu.max": "150000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"proc/self/cgroup": "1:x:/\n", "sys/fs/cgroup/cpu.max": "100000 100000\n"}, 1),
        (
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            1,
        ),
    ],
)
def test_the_quota_of_a_cgroup(tmp_path: Path, files: dict[str, str], quota: int | None) -> None:
    """Both versions of cgroups are read; without a quota, all processors count."""
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert workers.cgroup_quota(str(tmp_path)) == quota
    most = len(os.sched_getaffinity(0))
    assert workers.available(str(tmp_path)) == min(most, quota or most)


# -- keys, sources ---------------------------------------------------------------------------------


def test_a_bad_tmpdir_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files that is not UTF-8 is an error, as in Rocket."""
    monkeypatch.setitem(os.environb, b"TMPDIR", b"\xff")
    with pytest.raises(Error, match="invalid UTF-8 characters in rocket::Config::default"):
        sources.figment().merged()


def test_overlays(place: Place) -> None:
    """Files of profiles are found in any case, beside the file, for the profiles that count."""
    place.write("Rocket.toml", "[staging]\nport = 1\nident = 'table'\n[global]\nkeep_alive = 1\n")
    place.write("profiles/Staging.TOML", "port = 2\n")
    place.write("profiles/default.toml", "workers = 3\n")
    place.write("profiles/global.toml", "keep_alive = 4\n")
    place.write("profiles/other.toml", "not toml at all\n")
    config = Config.load("STAGING")
    assert (config.port, config.ident, config.workers, config.keep_alive) == (2, "table", 3, 4)


# -- late ------------------------------------------------------------------------------------------


def test_a_module_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is put off is imported when it is used, and not before."""
    for name in ("colorsys", "wave"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with late.put_off(("colorsys", "wave", "os")):
        import colorsys
        import wave

        assert isinstance(colorsys, late.StandIn)
        assert callable(wave.open)
    assert "colorsys" not in sys.modules
    assert not hasattr(colorsys, "__nothing__")
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert "colorsys" in sys.modules


# -- dumps -----------------------------------------------------------------------------------------


def test_a_dump_without_secrets(place: Place) -> None:
    """Neither the values nor the errors of a dump hold secrets, unless they are revealed."""
    tls_table = "[default.tls]\ncerts = 'c'\nkey = [7, 7, 7]\nmutual = { ca_certs = 'a' }\n"
    place.write("Rocket.toml", f"[default]\napi_key = 'hunter2'\n{tls_table}")
    hidden = json.dumps(dump(sources.figment()))
    shown = json.dumps(dump(sources.figment(), reveal=True))
    assert "hunter2" in shown
    assert "[7, 7, 7]" in shown
    assert "hunter2" not in hidden
    assert "[7, 7, 7]" not in hidden
    place.write("Rocket.toml", "[default]\nsecret_key = 'hunter2'\npassword = 'hunter2\n")
    for revealed in (False, True):
        found = json.dumps(dump(sources.figment(), reveal=revealed))
        assert ("hunter2" in found) is revealed


EXTRA = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(extra=st.dictionaries(st.from_regex("x[a-z]{1,5}", fullmatch=True), EXTRA, max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_dumped_loads_as_it_was(extra: dict[str, Any]) -> None:
    """`dump --format toml` reads back to the same configuration, keys of nobody's included."""
    layers = Figment.of(keys.Defaults()).merge(Serialized.globals(extra)).select("debug")
    again = (
        Figment.of(keys.Defaults())
        .merge(Toml.string(toml_dump(layers, reveal=True)).nested())
        .select("debug")
    )
    assert again.extract(keys.decode) == layers.extract(keys.decode)
    assert again.merged().plain() == layers.merged().plain()


def test_a_dump_of_tls(place: Place) -> None:
    """Paths are written as they are meant; bytes as bytes; what is secret is named in a comment."""
    place.write(
        "Rocket.toml",
        "[default]\nname = 'x'\n[default.tls]\ncerts = 'c.pem'\nkey = [1]\n"
        "mutual = { ca_certs = 'a.pem', mandatory = 1 }\n[default.limits]\nbig = '99 EiB'\n",
    )
    layers = sources.figment()
    hidden = toml_dump(layers)
    assert "# tls.key is left out; --reveal-secrets shows it\n" in hidden
    table = tomllib.loads(toml_dump(layers, reveal=True))["default"]
    assert table["tls"]["certs"] == str(place.folder / "c.pem")
    assert table["tls"]["key"] == [1]
    assert table["tls"]["mutual"] == {"ca_certs": str(place.folder / "a.pem"), "mandatory": True}
    assert table["limits"]["big"] == str(2**64 - 1)
    place.write("Rocket.toml", "[default]\ntls = { certs = 'c', key = 'k' }\n")
    assert (
        "mutual" not in tomllib.loads(toml_dump(sources.figment(), reveal=True))["default"]["tls"]
    )
    place.write("Rocket.toml", f"[default]\nsecret_key = '{'0f' * 32}'\n")
    assert "secret_key" not in tomllib.loads(toml_dump(sources.figment()))["default"]
    place.write("Rocket.toml", "[default]\ntls = ['c', 'k', [], true, ['a']]\n")
    table = tomllib.loads(toml_dump(sources.figment("odd\nname"), reveal=True))["default"]
    assert table["tls"]["mutual"]["ca_certs"] == str(place.folder / "a")


def test_what_toml_cannot_hold(place: Place) -> None:
    """An integer beyond 64 bits with a sign is refused, by name."""
    place.env(ROCKET_HUGE=str(2**64 - 1))
    with pytest.raises(Error, match="huge = 18446744073709551615 is more"):
        toml_dump(sources.figment())


# -- reports ---------------------------------------------------------------------------------------


def test_a_report(place: Place) -> None:
    """Every error has its text, its line with a caret, and its remedy."""
    place.write("Rocket.toml", "[default]\nport = 70000\ntemp_dir = [\n1,\n]\nsecret_key = 'abc'\n")
    place.env(ROCKET_WORKERS="x")
    with pytest.raises(Error) as raised:
        Config()
    told = report.report(raised.value)
    assert told.startswith(
        "Error: Failed to extract valid configuration.\n"
        '   >> invalid value signed int `70000`, expected u16 for key "default.port" in '
        "Rocket.toml TOML file\n"
        "         --> Rocket.toml:2:8\n"
        "          |\n"
        "        2 | port = 70000\n"
        "          |        ^^^^^\n"
        "         = allowed: from 0 to 65535\n"
    )
    assert "        3 | temp_dir = [\n          |            ^\n" in told
    assert "secret_key = [redacted]\n" in told
    assert "abc" not in told
    assert 'for key "WORKERS"' in told


def test_a_report_of_a_file(place: Place) -> None:
    """A file that is no TOML is told with its line; secrets on it only when they are revealed."""
    place.write("Rocket.toml", "[default]\ntoken = 'abc\n")
    with pytest.raises(Error) as raised:
        sources.figment().merged()
    assert "'abc" not in report.report(raised.value)
    assert "'abc" in report.report(raised.value, reveal=True)
    assert "--> Rocket.toml:2:" in report.report(raised.value)


def test_near_misses(place: Place) -> None:
    """Keys that are nearly Rocket's or the user's, and profiles that are keys, are told."""
    place.write("Rocket.toml", "[default]\nporrt = 1\ngreting = 'x'\nown = 1\n[limits]\njson = 1\n")
    place.env(ROCKET_KEEP_ALIV="1")
    found = {str(miss): miss.where for miss in report.near_misses(sources.figment(), ["greeting"])}
    assert list(found.values()) == ["Rocket.toml:3:11", "", "Rocket.toml:2:9", "Rocket.toml"]
    assert [text.rpartition(" ")[2] for text in found] == [
        "`greeting`?",
        "`keep_alive`?",
        "`port`?",
        "`[default.limits]`?",
    ]


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("port = 1", "port = 1"),
        ("secret_key = 'a'  # b", "secret_key = [redacted]"),
        ("x = { token = 'a', port = 1 }", "x = { token = [redacted], port = 1 }"),
        ("url = 'a://b:c@d'", "url = 'a://b:[redacted]@d'"),
    ],
)
def test_lines_are_masked(line: str, masked: str) -> None:
    """What a line gives for a secret is blotted out, and nothing else."""
    assert secrets.masked_line(line) == masked
