"""What people really write, and the remedy that is printed."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel

from rocketpy import Config
from rocketpy.config.keys.table import decode
from rocketpy.config.mistakes import remedies
from rocketpy.config.mistakes.syntax_remedies import syntax_remedy
from rocketpy.config.sources import figment
from rocketpy.figment import Error, Figment, Json
from rocketpy.figment.kind import invalid_type, missing_field
from rocketpy.figment.value import Value, born
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
    ('[default]\ntemp_dir = "C:\\Users"',  "paths may have `/`"),
    ('[default]\ntemp_dir = "C:\\xyz"',    "paths may have `/`"),
    ("[default]\nport == 80",              "with one `=`"),
    ("[default]\nport => 80",              "with one `=`"),
    ("[default]\nset port = 80",           "a key alone stands before `=`"),
    ("[default]\nport",                    "a value is missing"),
    ("[default]\n-- the port",             "comments begin with `#`"),
    ("[default]\nlisten:\n- a",            "this is YAML"),
    ("[default]\n- port: 80",              "this is YAML"),
    ("[default]]",                         "follows a table's name"),
    ("[default]\nlisten = ['a' 'b']",      "a comma stands between values"),
    ("[default]\nlisten = ['a',\n",        "`]` at the end"),
    ("export PORT=1",                      "write the key alone"),
]  # fmt: skip


def errors_of(place: Place, text: str) -> list[Error]:
    """Return the errors of a file, each with its remedy."""
    place.write("Rocket.toml", text)
    layers = figment()
    with pytest.raises(Error) as raised:
        layers.extract(decode)
    return list(remedies.add_remedies(raised.value, layers))


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


def test_a_file_of_another_format() -> None:
    """The remedies are for TOML; another format's error keeps its own."""
    with pytest.raises(Error) as raised:
        Figment.of(Json.string("{'port': 1}")).merged()
    before = raised.value.help
    assert remedies.add_remedies(raised.value).help == before


def test_a_line_without_a_remedy() -> None:
    """Where nothing is known to help, nothing is said."""
    assert syntax_remedy("a = 0x", 7, "invalid hexadecimal integer") == ""
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
    ("cli_colors = 'yes'",                 "write true"),
    ("cli_colors = '1'",                   "write 1 without quotes"),
    ("port = '%(PORT)s'",                  "set ROCKET_…"),
    ("log_level = 1",                      "allowed: critical"),
    ("log_level = 'nromal'",               "allowed: critical"),
    ("shutdown.signals = 'SIGTERM'",       'write an array: ["…", "…"]'),
    ("address = 'localhost'",              'write "127.0.0.1"'),
    ("address = '*'",                      'write "0.0.0.0"'),
    ("address = '127.0.0.1:80'",           'write "127.0.0.1", and the port in `port`: 80'),
    ("address = '[::1]:80'",               'write "::1", and the port in `port`: 80'),
    ("address = '[::1]'",                  'write "::1"'),
    ("address = 'example.org'",            "write an IP address"),
    ("tls = {cert = 'a', key = 'k'}",      "did you mean `certs`?"),
    ("tls = {key = 'k'}",                  "add the key `certs`"),
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


class Database(BaseModel):
    url: str
    pool: int = 5


class Required(Config):
    database: Database
    greeting: str = "Hello"


EITHER = ": did you mean `database` or `database.url`?"
MISSING = [
    # the file                        | variables                       | the remedy
    ("[default]\ndatabse.url = 'x'",   {},
     "`default.databse` is given at Rocket.toml:2:1: did you mean `database`?"),
    ("[default]\ndatabase_url = 'x'",  {},
     f"`default.database_url` is given at Rocket.toml:2:1{EITHER}"),
    ("[default]\ndatabase.uri = 'x'",  {},
     "`default.database.uri` is given at Rocket.toml:2:10: did you mean `url`?"),
    ("[database]\nurl = 'x'",          {},
     "the table `[database]` at Rocket.toml:1:2 is a profile: did you mean `[default.database]`?"),
    ("[release]\ndatabase.url = 'x'",  {},
     "`release.database` is given at Rocket.toml:2:1, and the profile release is not selected"),
    ("",                               {"ROCKET_DATABSE__URL": "x"},
     "`ROCKET_DATABSE__URL` is given: did you mean `ROCKET_DATABASE__URL`?"),
    ("",                               {"ROCKET_DATABASE_URL": "x"},
     "`ROCKET_DATABASE_URL` is given: did you mean `ROCKET_DATABASE` or `ROCKET_DATABASE__URL`?"),
    ("",                               {"ROCKET_DATABASE__URI": "x"},
     "`ROCKET_DATABASE__URI` is given: did you mean `ROCKET_DATABASE__URL`?"),
    ("[default]\ndata = 1",            {}, "add the key `database`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables", "remedy"), MISSING)
def test_a_required_key_is_missing(
    place: Place, text: str, variables: dict[str, str], remedy: str
) -> None:
    """A near one that is given, a profile of its name, or the profile in which it stands."""
    place.write("Rocket.toml", text)
    place.env(**variables)
    with pytest.raises(Error) as raised:
        Required.load("debug")
    assert raised.value.help == remedy
    assert list(raised.value) == [raised.value]


def test_the_nearest_of_what_is_allowed(place: Place) -> None:
    """Case counts for an enumeration of the application's."""

    class Settings(Config):
        mode: Literal["fast", "safe"] = "safe"

    place.env(ROCKET_MODE="Fast")
    with pytest.raises(Error) as raised:
        Settings()
    assert raised.value.help == 'did you mean "fast"?'


@pytest.mark.parametrize("given", [born({"prot": 1}, None), born([1], None), born({}, None)])
def test_a_missing_key_of_which_no_source_is_known(given: Value) -> None:
    """Without a source, a table or a key like it there is no remedy for a missing key."""
    error = Error(missing_field("port"))
    assert remedies._of_missing(error, given) == ""


def test_a_value_of_which_no_source_is_known() -> None:
    """A text that looks like a link of a container has no remedy where it is no variable's."""
    error = Error(invalid_type(Value("tcp://10.0.0.1:80"), "u16"))
    remedies.add_remedies(error)
    assert "tcp" not in error.help
