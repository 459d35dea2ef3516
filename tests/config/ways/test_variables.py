"""What variables say beyond Rocket: `__`, `_FILE`, and a folder of secrets."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, Field, SecretStr

from rocketpy import Config, Error
from rocketpy.config.settings_shape import shape_of
from rocketpy.config.ways.variables import Way, sort_variables, variable_of
from tests.support import Place

if TYPE_CHECKING:
    from pathlib import Path

KEY = "hPRYyVRiMyxpw5sBB1XeCMN1kFsDCqKvBi2QJxBVHQk="


class Database(BaseModel):
    url: str = "sqlite"
    password: SecretStr = SecretStr("")
    pool: int = 5
    ca_file: str = ""


class Settings(Config):
    greeting: str = "Hello"
    db: Database = Database()
    db__odd: int = 0
    motd_file: str = ""
    apiKey: SecretStr = SecretStr("")  # noqa: N815  (names may be written so)
    tables: dict[str, Database] = {}
    token: SecretStr = Field(default=SecretStr(""), alias="service_token")


def origin(settings: Config, key: str) -> str:
    """Return where a key is from."""
    return str(settings.figment.find_metadata(key))


WAYS = [
    # the variable                  | how it gives a key, and which
    ("ROCKET_PORT",                   Way.ROCKET,  "port"),
    ("rocket_greeting",               Way.ROCKET,  "greeting"),
    ("ROCKET_LIMITS.JSON",            Way.ROCKET,  "limits.json"),
    ("ROCKET_DB__ODD",                Way.ROCKET,  "db__odd"),
    ("ROCKET_MOTD_FILE",              Way.ROCKET,  "motd_file"),
    ("ROCKET_CONFIG",                 Way.ROCKET,  "config"),
    ("ROCKET_LIMITS__JSON",           Way.NESTED,  "limits.json"),
    ("ROCKET_TLS__MUTUAL__CA_CERTS",  Way.NESTED,  "tls.mutual.ca_certs"),
    ("ROCKET_DB__URL",                Way.NESTED,  "db.url"),
    ("ROCKET_DB__CA_FILE",            Way.NESTED,  "db.ca_file"),
    ("ROCKET_TABLES__A__POOL",        Way.NESTED,  "tables.a.pool"),
    ("ROCKET_DB__TYPO",               Way.NESTED,  "db.typo"),
    ("ROCKET_SECRET_KEY_FILE",        Way.FILE,    "secret_key"),
    ("ROCKET_DB__PASSWORD_FILE",      Way.FILE,    "db.password"),
    ("ROCKET_APIKEY_FILE",            Way.FILE,    "apiKey"),
    ("ROCKET_SERVICE_TOKEN_FILE",     Way.FILE,    "service_token"),
    ("ROCKET_LIMITS__JSON_FILE",      Way.FILE,    "limits.json"),
    ("ROCKET_LIMITS__DATA-FORM_FILE", Way.FILE,    "limits.data-form"),
    ("ROCKET_LIMITS__UPLOAD_FILE",    Way.NESTED,  "limits.upload_file"),
    ("ROCKET_LIMITS.JSON_FILE",       Way.ROCKET,  "limits.json_file"),
    ("ROCKET_DB.PASSWORD_FILE",       Way.FILE,    "db.password"),
    ("ROCKET_TLS.MUTUAL__CA_CERTS",   Way.NESTED,  "tls.mutual.ca_certs"),
    ("ROCKET_DB.TYPO__URL",           Way.ROCKET,  "db.typo__url"),
    ("ROCKET_SECRETS_DIR",            Way.FOLDER,  ""),
    ("ROCKET_FOO",                    Way.UNKNOWN, "foo"),
    ("ROCKET_A__B",                   Way.UNKNOWN, "a__b"),
    ("ROCKET_LIMITS_JSON",            Way.UNKNOWN, "limits_json"),
    ("ROCKET_DB_URL_FILE",            Way.UNKNOWN, "db_url_file"),
    ("ROCKET_TOKEN",                  Way.UNKNOWN, "token"),
    ("ROCKET_LIMITS__",               Way.UNKNOWN, "limits__"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "way", "path"), WAYS)
def test_what_a_variable_is(place: Place, name: str, way: Way, path: str) -> None:
    """Rocket's way first; another one only where no key of that very name is known."""
    place.env(**{name: "1"})
    [variable] = sort_variables(shape_of(Settings))
    assert (variable.way, ".".join(variable.path)) == (way, path)
    assert variable.name == name.upper()


def test_the_variable_of_a_key(place: Place) -> None:
    """The one that gives it or a table with it, in its own spelling; there may be none."""
    place.env(rocket_DB="{url=1}", ROCKET_LIMITS__JSON="1")
    assert variable_of(("db", "url")) == "rocket_DB"
    assert variable_of(("limits", "json")) == "ROCKET_LIMITS__JSON"
    assert variable_of(("limits", "form")) is None
    assert variable_of(()) is None


def test_two_underscores_nest(place: Place) -> None:
    """They are read as the dot is, united, and gone as keys of that name."""
    place.write("Rocket.toml", "[default.limits]\njson = 1\nform = 2\n[global.db]\nurl = 'file'\n")
    place.env(ROCKET_LIMITS__JSON="5MiB", ROCKET_DB__URL="x", ROCKET_DB__POOL="7")
    settings = Settings()
    assert (settings.limits["json"], settings.limits["form"]) == (5 * 2**20, 2)
    assert (settings.db.url, settings.db.pool) == ("x", 7)
    assert "limits__json" not in settings.figment
    place.env(ROCKET_DB__POOL="x")
    with pytest.raises(Error, match='for key "DB__POOL" in `ROCKET_` environment variable'):
        Settings()


def test_what_rocket_reads_counts(place: Place) -> None:
    """Where one key is given in two ways; the file is not even opened."""
    place.env(
        ROCKET_LIMITS="{json=1}",
        ROCKET_LIMITS__JSON="2",
        ROCKET_LIMITS__FORM="3",
        ROCKET_PORT="1",
        ROCKET_PORT_FILE="/nowhere",
    )
    settings = Settings()
    assert (settings.limits["json"], settings.limits["form"], settings.port) == (1, 3, 1)
    ways = {variable.key: variable.way for variable in sort_variables(shape_of(Settings))}
    assert ways["limits__json"] is ways["port_file"] is Way.PASSED_OVER


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_file_has_the_value(place: Place, end: str) -> None:
    """The end of its last line is no part of it; provenance names the file."""
    path = place.write("secret", f"{KEY}{end}")
    place.env(ROCKET_SECRET_KEY_FILE=str(path))
    settings = Settings()
    assert settings.secret_key.provided
    assert origin(settings, "secret_key") == "secret file of ROCKET_SECRET_KEY_FILE"
    assert "secret_key_file" not in settings.figment


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("DB__PASSWORD", "123456", "123456"),
        ("DB__PASSWORD", " x ", " x "),
        ("DB__PASSWORD", '"quoted"', '"quoted"'),
        ("GREETING", "true", "true"),
        ("GREETING", "a\nb\n", "a\nb"),
    ],
)
def test_a_text_is_taken_as_it_is(place: Place, key: str, text: str, expected: str) -> None:
    """A password of digits is a text, where the key takes one."""
    place.write("value", text)
    place.env(**{f"ROCKET_{key}_FILE": "value"})
    settings = Settings()
    found = settings.greeting if key == "GREETING" else settings.db.password.get_secret_value()
    assert found == expected


def test_other_values_are_read_as_variables_are(place: Place) -> None:
    """Numbers, tables and sizes; and PEM for the keys that take a path or bytes."""
    place.write("port", " 81\n")
    place.write("tables", "{a={pool=3}}\n")
    place.write("pem", "-----BEGIN CERTIFICATE-----\n")
    place.env(
        ROCKET_PORT_FILE="port",
        ROCKET_TABLES_FILE="tables",
        ROCKET_TLS__CERTS_FILE="pem",
        ROCKET_TLS__KEY="k.pem",
    )
    settings = Settings()
    assert (settings.port, settings.tables["a"].pool) == (81, 3)
    assert settings.tls is not None
    assert settings.tls.certs == b"-----BEGIN CERTIFICATE-----\n"


def unreadable(folder: Path) -> dict[str, str]:
    """Make files that have no value, by what is said of them."""
    (folder / "empty").write_bytes(b"\n")
    (folder / "bytes").write_bytes(b"\xff")
    (folder / "large").write_bytes(b"x" * (2**20 + 1))
    (folder / "folder").mkdir()
    return {
        "gone": "No such file or directory (os error 2)",
        "folder": "Is a directory (os error 21)",
        "bytes": "the file does not contain valid UTF-8",
        "empty": "the file is empty",
        "large": "the file is larger than 1 MiB",
        "": "ROCKET_DB__PASSWORD_FILE is empty",
        "/dev/zero": "the file is larger than 1 MiB",
        "/proc/self/mem": "(os error 5)",
    }


def test_files_without_a_value(place: Place) -> None:
    """Each is one error with the variable and the file, and hides nothing else."""
    for name, words in unreadable(place.folder).items():
        place.env(ROCKET_DB__PASSWORD_FILE=name, ROCKET_PORT="x")
        with pytest.raises(Error) as raised:
            Settings()
        first, second = raised.value
        assert words in first.display()
        assert "ROCKET_DB__PASSWORD_FILE" in first.display()
        assert first.help
        assert second.key == "PORT"


def test_a_wrong_value_in_a_file(place: Place) -> None:
    """The error names the file and what named it."""
    place.write("number", "many\n")
    place.env(ROCKET_WORKERS_FILE="number")
    run = place.run("check")
    assert run.returncode == 78
    assert 'for key "workers" in number file of ROCKET_WORKERS_FILE' in run.stderr


def test_a_folder_of_secrets(place: Place) -> None:
    """Files named as keys, in any case, nested, with the prefix; others are not opened."""
    place.write("run/secret_key", f"{KEY}\n")
    place.write("run/DB__PASSWORD", "123")
    place.write("run/rocket_greeting", "Hi")
    place.write("run/apiKey", "k")
    place.write("run/limits.json", "5")
    place.write("run/service_token", "t")
    (place.folder / "run/limits.").symlink_to("/nowhere")
    (place.folder / "run/other").symlink_to("/nowhere")
    place.write("run/folder/port", "1")
    place.write("Rocket.toml", "[global]\ngreeting = 'file'\nport = 1\n")
    place.env(ROCKET_SECRETS_DIR="run")
    settings = Settings()
    assert settings.secret_key.provided
    assert settings.db.password.get_secret_value() == "123"
    assert settings.apiKey.get_secret_value() == "k"
    assert settings.token.get_secret_value() == "t"
    assert (settings.greeting, settings.port, settings.limits["json"]) == ("Hi", 1, 5)
    assert origin(settings, "greeting") == "run/rocket_greeting file of ROCKET_SECRETS_DIR"
    place.write("other", "from a file")
    place.env(ROCKET_GREETING_FILE="other")
    assert Settings().greeting == "from a file"
    place.env(ROCKET_GREETING="from a variable")
    assert Settings().greeting == "from a variable"


def test_a_mounted_kubernetes_secret(place: Place) -> None:
    """Its names are links through `..data` to a folder with a date."""
    place.write("run/..2026_01_01/greeting", "Hi\n")
    (place.folder / "run/..data").symlink_to("..2026_01_01")
    (place.folder / "run/greeting").symlink_to("..data/greeting")
    place.env(ROCKET_SECRETS_DIR=str(place.folder / "run"))
    assert Settings().greeting == "Hi"


@pytest.mark.parametrize("name", ["gone", "file", ""])
def test_a_folder_that_cannot_be_read(place: Place, name: str) -> None:
    """It is an error with the variable."""
    place.write("file", "")
    place.env(ROCKET_SECRETS_DIR=name)
    with pytest.raises(Error, match="folder of ROCKET_SECRETS_DIR"):
        Settings()


def test_a_dump_is_rockets_and_says_what_is_beyond(place: Place) -> None:
    """The parts that Rocket has are Rocket's; what a service reads differently stands beside."""
    place.write("key", KEY)
    file = str(place.folder / "key")
    place.env(ROCKET_LIMITS__JSON="5MiB", ROCKET_SECRET_KEY_FILE=file)
    dumped = json.loads(place.run("config", "dump").stdout)
    assert dumped["config"]["limits"]["json"] == 2**20
    assert dumped["merged"]["limits__json"] == "[redacted]"  # no application says what it is
    assert dumped["beyond_rocket"]["values"] == {"limits.json": "5MiB", "secret_key": "[redacted]"}
    assert place.run("config", "get", "limits.json").stdout == "5MiB\n"
    assert "ROCKET_LIMITS__JSON" in place.run("config", "explain", "limits.json").stdout
    assert "json = 5242880" in place.run("config", "dump", "--format", "toml").stdout
    place.env(ROCKET_WORKERS_FILE="gone")
    run = place.run("config", "dump")
    assert run.returncode == 78
    [error] = json.loads(run.stdout)["beyond_rocket"]["errors"]
    assert error["display"].endswith("gone file of ROCKET_WORKERS_FILE")


def test_without_any_of_it_a_dump_is_as_before(place: Place) -> None:
    """Nothing stands beside what Rocket has."""
    assert "beyond_rocket" not in json.loads(place.run("config", "dump").stdout)


def test_the_environment_stays(place: Place) -> None:
    """Reading changes no variable."""
    place.env(ROCKET_LIMITS__JSON="5MiB")
    before = dict(os.environ)
    Settings()
    assert dict(os.environ) == before
