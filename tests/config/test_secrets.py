"""What is a secret, and how texts are shown without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NotRequired

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field, Secret, SecretBytes, SecretStr
from typing_extensions import TypeAliasType, TypedDict

from rocketpy import Config
from rocketpy.config import secrets
from rocketpy.figment import Error
from rocketpy.figment.kind import invalid_length, invalid_value, message
from rocketpy.figment.value import Value


@pytest.fixture(autouse=True)
def nothing_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know of no class but those of the test."""
    monkeypatch.setattr(secrets, "_marked", set())


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("secret_key", True),
        ("db.password", True),
        ("db.passwd", True),
        ("passphrase", True),
        ("API_KEY", True),
        ("apikey", True),
        ("my_private_key", True),
        ("aws.access_key.id", True),
        ("credentials.user", True),
        ("tokens.0", True),
        ("port", False),
        ("key", False),
        ("tls.key", False),
        ("", False),
    ],
)
def test_names_of_secrets(path: str, secret: bool) -> None:  # noqa: FBT001
    """Known by any part of their path, in any case."""
    assert secrets.is_secret(path.split(".")) is secret


class Leaf(BaseModel):
    dsn: SecretStr
    host: str = ""


class Tree(BaseModel):
    dsn: SecretBytes | None = None
    other: Branch | None = None


class Branch(BaseModel):
    tree: Tree | None = None
    number: Secret[int] | None = None


def holding_secrets() -> type[Config]:
    """Make a class with secret types in all sorts of places."""

    class Holder(Config):
        plain: str = ""
        mine: SecretStr | None = None
        several: list[SecretStr] = []
        named: dict[str, SecretStr] = {}
        one: Leaf | None = None
        leaves: list[Leaf] = []
        by_name: dict[str, Leaf] = {}
        tree: Tree = Tree()

    return Holder


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("plain", False),
        ("mine", True),
        ("mine.deeper", True),
        ("several", True),
        ("several.0", True),
        ("named", False),
        ("named.x", True),
        ("named.0", True),
        ("one.dsn", True),
        ("one.host", False),
        ("leaves.dsn", True),
        ("leaves.1.dsn", True),
        ("leaves.1.host", False),
        ("by_name.x.dsn", True),
        ("by_name.x.host", False),
        ("by_name.dsn", False),
        ("tree.dsn", True),
        ("tree.other.number", True),
        ("tree.other", False),
    ],
)
def test_types_of_secrets(path: str, secret: bool) -> None:  # noqa: FBT001
    """Fields of pydantic's secret types are, whatever holds them; models may hold each other."""
    holding_secrets()
    assert secrets.is_secret(path.split(".")) is secret


@dataclass
class Account:
    pin: SecretStr


class Options(TypedDict):
    door: NotRequired[SecretStr]
    floor: NotRequired[int]


class Aliased(BaseModel):
    first: SecretStr = Field(default=SecretStr(""), alias="eins")
    second: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("zwei", AliasPath("deux", 0))
    )


Word = TypeAliasType("Word", SecretStr)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("account.pin", True),
        ("accounts.0.pin", True),
        ("account", False),
        ("options.door", True),
        ("options.floor", False),
        ("aliased.eins", True),
        ("aliased.zwei", True),
        ("aliased.deux", True),
        ("aliased.un", False),
        ("word", True),
    ],
)
def test_secrets_of_other_kinds_of_model(path: str, secret: bool) -> None:  # noqa: FBT001
    """Dataclasses and dictionaries of known keys are models too; aliases are names."""

    class Holder(Config):
        account: Account | None = None
        accounts: tuple[Account, ...] = ()
        options: Options | None = None
        aliased: Aliased | None = None
        word: Word | None = None

    assert secrets.is_secret(path.split(".")) is secret
    name = path.rpartition(".")[2]
    assert secrets.masked_line(f"{name} = 1") == f"{name} = {'[redacted]' if secret else 1}"


def test_lines_where_nothing_is_marked() -> None:
    """Names alone decide."""
    line = "{ dsn = 1, token = [1, { a = ']' }] , x = 1 }"
    assert secrets.masked_line(line) == "{ dsn = 1, token = [redacted] , x = 1 }"


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("port", 1, 1),
        ("token", "x", "[redacted]"),
        ("token", ["x"], "[redacted]"),
        ("db", {"token": "x", "port": 1}, {"token": "[redacted]", "port": 1}),
        ("list", [{"token": "x"}, "y"], [{"token": "[redacted]"}, "y"]),
        ("tls", {"key": [1, 2], "certs": [3]}, {"key": "[redacted]", "certs": [3]}),
        ("tls", {"key": "k.pem"}, {"key": "k.pem"}),
        ("url", "a://b:c@d", "a://b:[redacted]@d"),
    ],
)
def test_data_are_shown(path: str, value: Any, shown: Any) -> None:
    """Without secrets, unless they are revealed."""
    assert secrets.shown((path,), value) == shown
    assert secrets.shown((path,), value, reveal=True) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("db://u:pw@h/x", "db://u:[redacted]@h/x"),
        ("db://:pw@h", "db://:[redacted]@h"),
        ("db://u:p@w@h", "db://u:[redacted]@h"),
        ("a://u:x@h, b://v:y@k", "a://u:[redacted]@h, b://v:[redacted]@k"),
        ("db://u@h:1", "db://u@h:1"),
        ("http://h:80/a@b", "http://h:80/a@b"),
        ("u:pw@h", "u:pw@h"),
    ],
)
def test_passwords_in_addresses(text: str, shown: str) -> None:
    """What stands between the user's name and the host."""
    assert secrets.without_password(text) == shown


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("port = 1", "port = 1"),
        ("secret_key = 'a'  # b", "secret_key = [redacted]"),
        ("db.password='a'", "db.password=[redacted]"),
        ('"api-token" = "a"', '"api-token" = [redacted]'),
        ("x = { token = 'a', port = 1 }", "x = { token = [redacted], port = 1 }"),
        ("x = { tokens = ['a', 'b'], y = 1 }", "x = { tokens = [redacted], y = 1 }"),
        ('x = { token = "a\\"b", y = 1 }', "x = { token = [redacted], y = 1 }"),
        ("x = { token = 'a", "x = { token = [redacted]"),
        ("x = { token = 5 }", "x = { token = [redacted] }"),
        ("x = { token = { a = 'b' } }", "x = { token = [redacted] }"),
        ("url = 'a://b:c@d'", "url = 'a://b:[redacted]@d'"),
        ("dsn = 'a'", "dsn = [redacted]"),
        ("one.'dsn' = 'a'", "one.'dsn' = [redacted]"),
        ("one = { host = 'h', dsn = 'a' }", "one = { host = 'h', dsn = [redacted] }"),
        ("my-dsn = 'a'", "my-dsn = 'a'"),
    ],
)
def test_lines_are_masked(line: str, masked: str) -> None:
    """What a line gives for a secret is blotted out, and nothing else."""
    holding_secrets()
    assert secrets.masked_line(line) == masked


@pytest.mark.parametrize(
    ("path", "line", "masked"),
    [
        ("port", "port = 1", "port = 1"),
        ("token", "token = 1", "token = [redacted]"),
        ("tokens.1", '  "abc", 5,', "[redacted]"),
        ("tokens.1", '  "a=b", 5,', "[redacted]"),
        ("named.x", "x = 5", "x = [redacted]"),
    ],
)
def test_lines_of_a_secret_are_masked(path: str, line: str, masked: str) -> None:
    """Where the path of an error says that the line is a secret's, nothing of it is left."""
    holding_secrets()
    assert secrets.masked_place(line, path.split(".")) == masked


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Error(invalid_value(Value("x"), "y"), ("token",)), "value string [redacted], expected y"),
        (Error(invalid_length(5, "y"), ("token",)), "invalid length 5, expected y"),
        (Error(invalid_value(Value("x"), "y"), ("port",)), 'value string "x", expected y'),
        (
            Error(invalid_value(Value("a://b:c@d"), "y"), ("url",)),
            'value string "a://b:[redacted]@d", expected y',
        ),
        (Error(message("bad a://b:c@d"), ("url",)), "bad a://b:[redacted]@d"),
        (Error(invalid_length(5, "y"), ("port",)), "invalid length 5, expected y"),
        (Error("1 | token = 'a\n  | ^"), "1 | token = [redacted]\n  | ^"),
    ],
)
def test_errors_are_told(error: Error, told: str) -> None:
    """Without the value of a secret, without passwords, without what a file's line gives."""
    original = str(error)
    assert secrets.text(error).endswith(told)
    assert secrets.text(error, reveal=True) == original
    assert str(secrets.without_secrets(error)).endswith(told)
