"""What people really write, and the remedy that is printed."""

from __future__ import annotations

import pytest

from rocketpy import Config
from rocketpy.config.keys.table import decode
from rocketpy.config.mistakes import remedies
from rocketpy.config.mistakes.syntax_remedies import syntax_remedy
from rocketpy.config.sources import figment
from rocketpy.figment import Error
from tests.support import Place

NUMBER = "123456"

SYNTAX = [
    # what the file has                  | a part of the remedy
    ("port = 80",                          "put `port` under `[default]`"),
    ("[[default]]\nport = 1",              "write `[name]`"),
    ("[default]\nport: 9000",              "write `port = …`"),
    ("[default]\nport 9000",               "write `port = …`"),
    ("[default]\ncli_colors = True",       "write `cli_colors = true`"),
    ("[default]\ncli_colors = yes",        "write `cli_colors = true`"),
    ("[default]\nident = None",            "leave `ident` out"),
    ("[default]\nident = null",            "leave `ident` out"),
    ("[default]\nident = “x”",             "write straight quotes"),
    ("[default]\n\u2018ident\u2019 = 1",             "write straight quotes"),
    ('[default]\ntemp_dir = "C:\\data"',   "paths may have `/`"),
    ("[default]\ntls = {\n certs = 1 }",   "write a table `[….tls]`"),
    ("[default]\nident = My Server",       'in quotes: `ident = "…"`'),
    ("[default]\nident = Server",          'in quotes: `ident = "…"`'),
    ("[default]\naddress = 127.0.0.1",     "in quotes"),
    ("[default]\ntemp_dir = /tmp",         'in quotes: `temp_dir = "…"`'),
    ("[default]\nport = ${PORT}",          "set ROCKET_…"),
    ("[default]\nport = 80;",              "end the line there"),
    ("[default]\nport = 80,\nworkers = 1", "end the line there"),
    ("[default]\nkeep_alive = 5s",         "a number stands alone"),
    ("[default]\nport = 08000",            "no zeros before it"),
    ("// the port\n[default]",             "comments begin with `#`"),
    ("; the port\n[default]",              "comments begin with `#`"),
    ('{"default": {"port": 1}}',           "this is JSON"),
    ("default:\n  port: 1",                "this is YAML"),
    ("[default]\nport =",                  "a value is missing"),
    ("[default]\nport = # none",           "a value is missing"),
    ("[default",                           "ends with `]`"),
    ("[default]\nport = 1\nport = 2",      "leave one of the two"),
    ("[default]\nident = 'abc",            "ends with the quote"),
    ("[default]\n<<<<<<< HEAD\nport = 1",  "resolve it"),
    ("export PORT=1",                      "write the key alone"),
]  # fmt: skip


def errors_of(place: Place, text: str) -> list[Error]:
    """Return the errors of a file, each with its remedy."""
    place.write("Rocket.toml", text)
    layers = figment()
    with pytest.raises(Error) as raised:
        layers.extract(decode)
    try:
        values = layers.merged()
    except Error:
        values = None
    return list(remedies.add_remedies(raised.value, values))


@pytest.mark.parametrize(("text", "remedy"), SYNTAX)
def test_files_that_are_not_toml(place: Place, text: str, remedy: str) -> None:
    """The remedy is for what was written; Rocket's words before it stay."""
    [error] = errors_of(place, f"{text}\n")
    assert remedy in error.help
    assert str(error).startswith("TOML parse error at line ")


def test_a_remedy_tells_no_value(place: Place) -> None:
    """Whatever the line holds, it may be a secret."""
    for text, _ in SYNTAX:
        for value in ("9000", "My Server", "127.0.0.1", "C:\\data"):
            if value in text:
                [error] = errors_of(place, text)
                assert value not in error.help


def test_a_line_without_a_remedy() -> None:
    """Where nothing is known to help, nothing is said."""
    assert syntax_remedy("a = [1 2]", 8, "invalid array") == ""
    assert syntax_remedy("[a.[b]", 4, "invalid table header") == "a table's name ends with `]`"


VALUES = [
    # what the file has                  | a part of the remedy
    ("port = '9000'",                      "write 9000 without quotes"),
    ("port = '${PORT}'",                   "set ROCKET_…"),
    ("port = '$PORT'",                     "set ROCKET_…"),
    ("keep_alive = '5s'",                  "write the number alone: 5"),
    ("keep_alive = '5 sec'",               "write the number alone: 5"),
    ("log_level = 'info'",                 'write "normal"'),
    ("log_level = 'WARNING'",              'write "critical"'),
    ("shutdown.signals = ['SIGTERM']",     'write "term"'),
    ("shutdown.signals = ['KILL']",        "allowed: alrm"),
    ("cli_colors = 'yes'",                 "allowed: true, false, 1, 0"),
    ("tls = {cert = 'a', key = 'k'}",      "did you mean `certs`?"),
    ("tls = {key = 'k'}",                  "add the key certs"),
    ("ident = 5",                          "allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remedy"), VALUES)
def test_values_in_a_file(place: Place, text: str, remedy: str) -> None:
    """A value of the wrong type, by what it looks like."""
    [error] = errors_of(place, f"[default]\n{text}\n")
    assert remedy in error.help


def test_the_missing_key_is_told_where_a_near_one_stands(place: Place) -> None:
    """With the place of the key, not of its value."""
    [error] = errors_of(place, "[default.tls]\ncert = 'a'\nkey = 'k'\n")
    expected = "`default.tls.cert` is given at Rocket.toml:2:1: did you mean `certs`?"
    assert error.help == expected


VARIABLES = [
    # a variable        | its value                    | a part of the remedy
    ("ROCKET_PORT",       "tcp://10.0.0.1:8000",         "`enableServiceLinks: false`"),
    ("ROCKET_PORT",       "${PORT}",                     "set ROCKET_PORT to the value itself"),
    ("ROCKET_LIMITS",     '{"json": "1MiB"}',            "ROCKET_LIMITS__KEY"),
    ("ROCKET_TLS",        '{"certs": "a", "key": "b"}',  "ROCKET_TLS__KEY"),
    ("ROCKET_METRICS",    "yes",                         "write true"),
    ("ROCKET_METRICS",    "True",                        "write true"),
    ("ROCKET_KEEP_ALIVE", "5s",                          "write the number alone: 5"),
    ("ROCKET_GREETING",   "123",                         """write '"123"'"""),
    ("ROCKET_GREETING",   "true",                        """write '"true"'"""),
    ("ROCKET_GREETING",   "1.5",                         """write '"1.5"'"""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "remedy"), VARIABLES)
def test_values_of_variables(place: Place, name: str, value: str, remedy: str) -> None:
    """The remedy names the variable as it is set."""

    class Settings(Config):
        greeting: str = "Hello"

    place.env(**{name: value})
    with pytest.raises(Error) as raised:
        Settings()
    remedies.add_remedies(raised.value)
    assert remedy in raised.value.help


def test_a_secret_is_not_repeated(place: Place) -> None:
    """What is to be put in quotes may be a password."""

    class Settings(Config):
        db_password: str = ""

    place.env(ROCKET_DB_PASSWORD=NUMBER)
    with pytest.raises(Error) as raised:
        Settings()
    remedies.add_remedies(raised.value)
    assert NUMBER not in raised.value.help
