"""Variables that nothing reads, or that are not read as they are meant."""

from __future__ import annotations

import os

import pytest
from pydantic import BaseModel

from rocketpy import Config
from rocketpy.config.mistakes.find import shape_of_process
from rocketpy.config.mistakes.variables import variable_mistakes
from rocketpy.config.settings_shape import shape_of
from tests.support import Place


class Database(BaseModel):
    url: str = ""
    password: str = ""


class Settings(Config):
    greeting: str = "Hello"
    db: Database = Database()


def reported(*, keys_known: bool = True) -> list[tuple[str, str]]:
    """Return the text and the remedy of every mistake."""
    found = variable_mistakes(shape_of(Settings), keys_known=keys_known)
    return [(one.text, one.help) for one in found]


UNREAD = [
    # the variable               | the remedy
    ("ROCKET_FOO",                 ""),
    ("ROCKET_PROT",                "did you mean `ROCKET_PORT`?"),
    ("ROCKET_LIMITS_JSON",         "did you mean `ROCKET_LIMITS__JSON`?"),
    ("ROCKET_DB_URL",              "did you mean `ROCKET_DB__URL`?"),
    ("ROCKET_DB_URL_FILE",         "did you mean `ROCKET_DB__URL_FILE`?"),
    ("ROCKET_TLS_CERTS",           "did you mean `ROCKET_TLS__CERTS`?"),
    ("ROCKET_TLS_MUTUAL_CA_CERTS", "did you mean `ROCKET_TLS__MUTUAL__CA_CERTS`?"),
    ("ROCKET_GREETNG",             "did you mean `ROCKET_GREETING`?"),
    ("ROCKET_LOGLEVEL",            "did you mean `ROCKET_LOG_LEVEL`?"),
    ("ROCKET_SECRETKEY_FILE",      "did you mean `ROCKET_SECRET_KEY_FILE`?"),
    ("ROCKETPY_PORT",              "did you mean `ROCKET_PORT`?"),
    ("ROKET_WORKERS",              "did you mean `ROCKET_WORKERS`?"),
    ("ROCKET_HOST",                "did you mean `ROCKET_ADDRESS`?"),
    ("ROCKET_ADDR",                "did you mean `ROCKET_ADDRESS`?"),
    ("ROCKET_WORKERS_COUNT",       "did you mean `ROCKET_WORKERS`?"),
    ("ROCKET_PROFLE",              "did you mean `ROCKET_PROFILE`?"),
    ("ROCKET_CONFIG_FILE",         "did you mean `ROCKET_CONFIG`?"),
    ("ROCKET_SECRET_DIR",          "did you mean `ROCKET_SECRETS_DIR`?"),
    ("ROCKET_DBURL",               "did you mean `ROCKET_DB__URL`?"),
    ("ROCKET-PORT",                "did you mean `ROCKET_PORT`?"),
    ("ROCKET.LIMITS.JSON",         "did you mean `ROCKET_LIMITS__JSON`?"),
    ("rocketport",                 "did you mean `ROCKET_PORT`?"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "remedy"), UNREAD)
def test_what_nothing_reads(place: Place, name: str, remedy: str) -> None:
    """Each is reported, with the variable that was meant where one is like it."""
    place.env(**{name: "1"})
    assert reported() == [(f"nothing reads the variable `{name}`", remedy)]


@pytest.mark.parametrize(
    "name",
    [
        "ROCKET_PORT",
        "rocket_port",
        "ROCKET_LIMITS.JSON",
        "ROCKET_DB__URL",
        "ROCKET_SECRET_KEY_FILE",
        "ROCKET_LOG",
        "ROCKET_PROFILE",
        "ROCKET_CONFIG",
        "POCKET_MONEY",
        "ROCKETEER",
        "MY_PORT",
    ],
)
def test_what_is_read(place: Place, name: str) -> None:
    """Nothing is said of these."""
    place.env(**{name: "1"})
    assert reported() == []


def test_an_application_that_is_not_known(place: Place) -> None:
    """It may read what nothing known reads; what is like a known key is reported all the same."""
    place.env(ROCKET_FOO="1", ROCKET_WORKRS="1")
    assert [text for text, _ in reported(keys_known=False)] == [
        "nothing reads the variable `ROCKET_WORKRS`"
    ]


def test_two_ways_to_one_key(place: Place) -> None:
    """Rocket's counts, and the other is reported."""
    place.env(ROCKET_PORT="1", ROCKET_PORT_FILE="x", rocket_port="2")
    assert reported() == [
        (
            "the variable `ROCKET_PORT_FILE` is not read",
            "another variable gives `port`: unset one of the two",
        ),
        (
            "the variables `ROCKET_PORT` and `rocket_port` are the same key",
            "the one that comes later in the environment counts: unset one of the two",
        ),
    ]


def test_service_links(place: Place) -> None:
    """What Kubernetes sets for a service of the name is one mistake."""
    place.env(
        ROCKET_SERVICE_HOST="10.0.0.1",
        ROCKET_SERVICE_PORT="80",
        ROCKET_PORT_80_TCP="tcp://10.0.0.1:80",
        ROCKET_PORT_80_TCP_ADDR="10.0.0.1",
    )
    [(text, remedy)] = reported()
    assert text.startswith("nothing reads the variable `ROCKET_")
    assert text.endswith(" and 3 more of its kind")
    assert "enableServiceLinks" in remedy


def test_names_and_values_that_are_dropped_or_changed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty part drops a variable; what is not UTF-8 is changed."""
    place.env(**{"ROCKET_LIMITS..JSON": "1", "ROCKET_": "1"})
    monkeypatch.setitem(os.environb, b"ROCKET_IDENT", b"\xff")
    assert sorted(text for text, _ in reported()) == [
        "the value of the variable `ROCKET_IDENT` is not UTF-8",
        "the variable `ROCKET_LIMITS..JSON` is not read",
        "the variable `ROCKET_` is not read",
    ]


def test_a_folder_of_secrets(place: Place) -> None:
    """A file that is almost a key, and two files for one."""
    place.write("run/secret_kye", "")
    place.write("run/db_passwrd", "")
    place.write("run/rocket_greeting", "a")
    place.write("run/greeting", "b")
    place.write("run/another_service", "")
    place.write("run/port.txt", "")
    place.env(ROCKET_SECRETS_DIR="run")
    assert reported() == [
        ("the file `db_passwrd` is not read", "did you mean `db__password`?"),
        ("the file `port.txt` is not read", "did you mean `port`?"),
        (
            "the files `greeting` and `rocket_greeting` give the same key",
            "the later one counts: remove one of the two",
        ),
        ("the file `secret_kye` is not read", "did you mean `secret_key`?"),
    ]
    place.env(ROCKET_SECRETS_DIR="gone")
    assert reported() == []


def test_every_class_of_the_process_counts() -> None:
    """An application that is no rocketpy.App may read a class of its own."""
    assert "greeting" in shape_of_process(Config).names
    assert shape_of_process(Settings).names["db"].shape.at("url") is not None
