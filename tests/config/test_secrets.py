"""What is a secret, and how texts are shown without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NotRequired

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field, Secret, SecretBytes, SecretStr
from typing_extensions import TypeAliasType, TypedDict

from rocketpy import Config
from rocketpy.config.masking import masked_statement, masked_value, without_password
from rocketpy.config.secrets import Secrets
from rocketpy.config.settings_shape import secrets_of
from rocketpy.figment import Error, Figment, Profile, Serialized, Tag, Toml
from rocketpy.figment.kind import invalid_length, invalid_value, message
from rocketpy.figment.providers.text_file import syntax_error
from rocketpy.figment.value import Value


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
        ("pwd", True),
        ("db_pwd", True),
        ("db.pass", True),
        ("smtpPass", True),
        ("card_pin", True),
        ("pin-code", True),
        ("signing_key", True),
        ("AccountKey", True),
        ("encryption-key", True),
        ("sig", True),
        ("passengers", False),
        ("pass_through", False),
        ("spinner", False),
        ("primary_key", False),
        ("signals", False),
    ],
)
def test_names_of_secrets(path: str, secret: bool) -> None:  # noqa: FBT001
    """Known by any part of their path, in any case."""
    assert Secrets().is_secret(path.split(".")) is secret


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
    assert secrets_of(holding_secrets()).is_secret(path.split(".")) is secret


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

    secrets = secrets_of(Holder)
    assert secrets.is_secret(path.split(".")) is secret
    name = path.rpartition(".")[2]
    shown = masked_statement(f"{name} = 1", secrets.names)
    assert shown == f"{name} = {'[redacted]' if secret else 1}"


def test_a_class_keeps_its_secrets_to_itself() -> None:
    """What is a secret in one class is none in another, nor where there is no class."""
    assert secrets_of(holding_secrets()).is_secret(["mine"])

    class Other(Config):
        mine: str = ""

    assert not secrets_of(Other).is_secret(["mine"])
    assert not Secrets().is_secret(["mine"])


def test_where_types_are_not_known() -> None:
    """All that is not Rocket's is a secret."""
    secrets = secrets_of(None)
    assert secrets.is_secret(["greeting"])
    assert secrets.is_secret(["db", "host"])
    assert not secrets.is_secret(["port"])
    assert not secrets.is_secret(["limits", "json"])
    error = Error("1 | dsn = 'a\n  | ^", statement="\ndsn = 'a", position=(1, 1))
    assert "'a" not in str(secrets.hide(error))


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
    assert Secrets().shown((path,), value) == shown
    assert Secrets().shown((path,), value, reveal=True) == value


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
    assert without_password(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("db://u:p/w@h", "db://u:[redacted]@h"),
        ("db://u:p w@h", "db://u:[redacted]@h"),
        ("db://u:p/w @x@h/y", "db://u:[redacted]@h/y"),
        ("http://h:8080", "http://h:8080"),
        ("https://TOKEN@h/x.git", "https://[redacted]@h/x.git"),
        ("https://h/x?api_key=abc&y=1", "https://h/x?api_key=[redacted]&y=1"),
        ("https://h/x?sig=abc", "https://h/x?sig=[redacted]"),
        ("AccountName=n;AccountKey=abc==;X=y", "AccountName=n;AccountKey=[redacted];X=y"),
        ("host=h password=abc port=1", "host=h password=[redacted] port=1"),
        ('{"password": "a", "b": "c"}', '{"password[redacted]'),
        ("{password='a', b=1", "{password[redacted]"),
        ("- token\n- abc", "- token[redacted]"),
        ("x\n-----BEGIN RSA PRIVATE KEY-----\nabc", "x\n[redacted]"),
        ("-----BEGIN CERTIFICATE-----\nabc", "-----BEGIN CERTIFICATE-----\nabc"),
        ("the token", "the token"),
        ("dsn=abc", "dsn=[redacted]"),
    ],
)
def test_texts_that_hold_secrets(text: str, shown: str) -> None:
    """What stands behind a secret's name is cut out; of what may be a table, all to its end."""
    assert masked_value(text, {"dsn"}) == shown


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("port = 1", "port = 1"),
        ("secret_key = 'a'  # b", "secret_key = [redacted]"),
        ("db.password='a'", "db.password=[redacted]"),
        ('"api-token" = "a"', '"api-token" = [redacted]'),
        ("password: 'a'", "password[redacted]"),
        ("x = { token = 'a', port = 1 }", "x = { token = [redacted]"),
        ("url = 'a://b:c@d'", "url = 'a://b:[redacted]@d'"),
        ("dsn = 'a'", "dsn = [redacted]"),
        ("my-dsn = 'a'", "my-dsn = 'a'"),
        ('tokens = [\n"a"', "[redacted]"),
        ("credentials\nuser = 1", "[redacted]"),
        ("x = [\n1,\n2", "2"),
    ],
)
def test_statements_that_cannot_be_read(statement: str, shown: str) -> None:
    """Where a secret is named, nothing behind the name is shown, nor any line below."""
    assert masked_statement(statement, {"dsn"}) == shown


@pytest.mark.parametrize(
    ("text", "path", "shown"),
    [
        ("port = 1", "port", "port = 1"),
        ("secret_key = 'a'  # b", "secret_key", "secret_key = [redacted]"),
        ("port = 1  # b", "port", "port = 1  # b"),
        ("x = { token = 'a', port = 1 }", "x", "x = { token = [redacted], port = 1 }"),
        (
            "x = { tokens = ['a', 2], y = 1 }",
            "x",
            "x = { tokens = [[redacted], [redacted]], y = 1 }",
        ),
        ("x = { token = { a = 'b' } }", "x", "x = { token = { a = [redacted] } }"),
        ("one = { host = 'h', dsn = 'a' }", "one", "one = { host = 'h', dsn = [redacted] }"),
        ("named = { a = 'b', c = 'd' }", "named", "named = { a = [redacted], c = [redacted] }"),
        ("url = 'a://b:c@d'", "url", "url = 'a://b:[redacted]@d'"),
    ],
)
def test_lines_are_quoted(place: Any, text: str, path: str, shown: str) -> None:
    """Of a file that could be read, exactly the secrets are cut out, wherever they stand."""
    file = place.write("x.toml", text)
    tag = Tag(Toml(str(file), profile=Profile("x")).metadata(), Profile("x"))
    error = Error("bad", tuple(path.split(".")), tag=tag)
    assert secrets_of(holding_secrets()).hide(error).quote == shown


@pytest.mark.parametrize(
    ("error", "shown"),
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
        (
            Error("1 | token = 'a\n  | ^", statement="\ntoken = 'a", position=(1, 1)),
            "1 | token = [redacted]\n  | ^",
        ),
        (Error(message("hunter2 is no name"), ("greeting",)), "[redacted] is no name"),
        (Error(message("greatest"), ("greeting",)), "greatest"),
        (Error(message("no at all"), ("greeting",)), "no [redacted] all"),
    ],
)
def test_errors_are_shown(error: Error, shown: str) -> None:
    """Without the value of a secret, wherever it stands; short ones only where they are words."""
    layers = Figment.of(Serialized({"token": ["hunter2", "at", 5], "pin": True}))
    assert str(Secrets().within(layers).hide(error)).endswith(shown)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("password: hunter2 [", ""),
        ("greeting: hunter2 [", 'write "hunter2 ["'),
    ],
)
def test_the_remedy_of_a_syntax_error(text: str, help: str) -> None:
    """One that quotes what is hidden of the line is left out."""
    error = syntax_error("YAML", text, (1, 11), "no value", help='write "hunter2 ["')
    Secrets().hide(error)
    assert error.help == help
    assert ("hunter2" in f"{error}{error.statement}") is bool(help)
