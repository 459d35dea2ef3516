"""The law of secrets: what is planted as one never occurs in any output of any command."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, create_model, field_validator, model_validator

from rocketpy import Config, Error
from rocketpy.cli.main import run
from rocketpy.config.report import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Place

SHOWN = 5
"""Characters of a secret that may not be shown together. They make no word of an output."""


class Database(BaseModel):
    """A secret by its type, beside a key that is none."""

    host: str = ""
    door: SecretStr | None = None


class Settings(Config):
    """A class that says in its errors whatever it was given."""

    dsn: SecretStr | None = None
    db: Database = Database()
    doors: list[SecretStr] = []
    number: int = 0
    text: str = ""

    @field_validator("dsn")
    @classmethod
    def _dsn(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) % 2:
            raise ValueError(f"{value.get_secret_value()!r} is odd, {value.get_secret_value()[3:]}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        door = self.db.door
        if door is not None and len(door.get_secret_value()) % 2:
            raise ValueError(f"the door {door.get_secret_value()} is odd")
        return self


class Application:
    """What `--app` finds."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        """Answer nothing: no command asks."""
        return []


@pytest.fixture
def application(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an application with the class above, for the commands to find."""
    module = ModuleType("lawful")
    module.app = Application(Settings())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lawful", module)


NAMED = [
    'secret_key = "{s}"',
    'password = "{s}"',
    'password: "{s}"',
    "password = '{s}'  # {s}",
    'db = {{ password = "{s}", host = 5 }}',
    'db = {{ host = 5, "api-key" = "{s}" }}',
    'db.door = "{s}"',
    'dsn = "{s}"',
    'doors = ["{s}", 5, "{s}"]',
    'tokens = [\n  "a",\n  "{s}",\n]',
    'password = """\n{s}\n"""',
    "token = '''{s}'''",
    'text = "postgres://ann:{s}@h/x"',
    'text = "https://h/x?api_key={s}&y=1"',
    'text = "Server=h;AccountKey={s};Port=1"',
    'tls = {{ certs = 5, key = "-----BEGIN PRIVATE KEY-----\\n{s}" }}',
    'number = {{ pwd = "{s}" }}',
    'port = {{ token = "{s}" }}',
    'previous_secret_keys = ["{s}"]',
    '[default.credentials]\nuser = "{s}"',
    '[[default.tokens]]\nx = "{s}"',
]
"""Statements that give a secret, by its name, by its type or by its form."""

OTHERS = ["port = 70000", "workers = 'x'", "[default]", "text = 5", "# a comment", "ident = true"]

VARIABLES = [
    ("ROCKET_DB", '{{"password": "{s}"}}'),
    ("ROCKET_DB", '{{password="{s}"'),
    ("ROCKET_TLS", '{{certs=x,key="-----BEGIN PRIVATE KEY-----{s}'),
    ("ROCKET_DSN", "{s}"),
    ("ROCKET_DB.DOOR", "{s}"),
    ("ROCKET_NUMBER", "https://u:{s}@h"),
    ("ROCKET_SECRET_KEY", "{s}"),
    ("ROCKET_DOORS", "[{s}, 5"),
    ("ROCKET_API_TOKEN", "{s}"),
    ("ROCKET_TEXT", "[password={s}]"),
]

SECRETS = st.text("BCDFGHJKLMNPQRSTVWXZ23456789", min_size=9, max_size=20)
EDITS = st.tuples(st.floats(0, 1), st.sampled_from(["", *"\"'[]{}=,#\n:\\ "]), st.integers(0, 1))


def mutated(text: str, secret: str, edits: list[tuple[float, str, int]], keep: float) -> str:
    """Return a text with some characters put in or left out, and cut short.

    Names stay whole: a secret whose name is another one is none.
    """
    for where, put, drop in edits:
        start = text.find(secret)
        # Behind the first place where the secret stands, or within it.
        at = start + int(where * max(0, len(text) - start)) if start >= 0 else len(text)
        text = text[:at] + put + text[at + drop :]
    return text[: max(1, int(len(text) * keep))]


def within_a_value(edits: list[tuple[float, str, int]]) -> list[tuple[float, str, int]]:
    """Leave out what ends a value within a longer text, as `a=1, b=2` and `a=1 b=2` have it."""
    return [edit for edit in edits if edit[1] not in {",", " ", "\n", "="}]


LAW = settings(
    deadline=None,
    # Without the search for a smaller example, which takes minutes: each runs a dozen commands.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

COMMANDS = [
    ["config", "show"],
    ["config", "show", "--format", "json"],
    ["config", "dump"],
    ["config", "dump", "--format", "toml"],
    ["config", "get", "db"],
    ["config", "get", "dsn"],
    ["config", "explain", "text"],
    ["config", "explain", "db"],
    ["config", "explain", "doors", "--format", "json"],
    ["check", "--all-profiles"],
    ["check", "--strict"],
    ["check", "--format", "json"],
]


def outputs(app: list[str], kind: type[Config] = Settings) -> Iterator[str]:
    """Yield what each command prints, and what a start prints of what it cannot use."""
    for command in COMMANDS:
        if command[0] == "check" and not app:
            continue  # it prints what a launch prints, of Rocket's keys alone
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            run([*command, *app])
        yield out.getvalue()
    try:
        yield f"{kind()} {kind()!r}"
    except Error as error:
        yield f"{error}{error.help}{report(error)}"


def assert_hidden(secret: str, out: str) -> None:
    """Neither a secret nor a good part of it is in a text."""
    for start in range(len(secret) - SHOWN + 1):
        assert secret[start : start + SHOWN] not in out, out


@pytest.mark.parametrize("app", [["--app", "lawful:app"], []], ids=["types known", "types unknown"])
@given(
    secret=SECRETS,
    statement=st.sampled_from(NAMED),
    before=st.lists(st.sampled_from(OTHERS), max_size=2),
    after=st.lists(st.sampled_from(OTHERS), max_size=2),
    header=st.sampled_from(["[default]\n", "[global]\n", ""]),
    edits=st.lists(EDITS, max_size=2),
    keep=st.just(1.0) | st.floats(0.3, 1),
)
@example("hunter2hunter2", 'secret_key = "{s}"', [], [], "", [], 1.0)
@example("hunter2hunter2", 'password = """\n{s}\n"""', [], [], "[default]\n", [], 0.9)
@settings(LAW, max_examples=40)
def test_files(  # noqa: PLR0917  (Hypothesis gives each part)
    application: None,
    place: Place,
    app: list[str],
    secret: str,
    statement: str,
    before: list[str],
    after: list[str],
    header: str,
    edits: list[tuple[float, str, int]],
    keep: float,
) -> None:
    """In a document, whole or broken, whatever stands around it."""
    if statement.startswith("text"):
        edits = within_a_value(edits)
    lines = [*before, statement.format(s=secret), *after]
    place.write("Rocket.toml", mutated(header + "\n".join(lines) + "\n", secret, edits, keep))
    for out in outputs(app):
        assert_hidden(secret, out)


@pytest.mark.parametrize("app", [["--app", "lawful:app"], []], ids=["types known", "types unknown"])
@given(
    secret=SECRETS,
    variable=st.sampled_from(VARIABLES),
    edits=st.lists(EDITS, max_size=1),
    keep=st.just(1.0) | st.floats(0.5, 1),
)
@settings(LAW, max_examples=30)
def test_variables(  # noqa: PLR0917  (Hypothesis gives each part)
    application: None,
    place: Place,
    app: list[str],
    secret: str,
    variable: tuple[str, str],
    edits: list[tuple[float, str, int]],
    keep: float,
) -> None:
    """In a variable, well-formed or not."""
    name, text = variable
    if name == "ROCKET_TEXT":
        edits = within_a_value(edits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, mutated(text.format(s=secret), secret, edits, keep).replace("\0", ""))
        for out in outputs(app):
            assert_hidden(secret, out)


DEFAULTS: list[tuple[str, Any, Any]] = [
    ("dsn", SecretStr, SecretStr),
    ("password", str, str),
    ("text", str, lambda s: f"postgres://ann:{s}@h/x"),
    ("doors", list[SecretStr], lambda s: [SecretStr(s)]),
    ("tokens", set[str], lambda s: {s}),
    ("db", Database, lambda s: Database(door=SecretStr(s))),
    ("by_name", dict[str, Database], lambda s: {"a": Database(door=SecretStr(s))}),
    ("options", dict[str, str], lambda s: {"api_key": s}),
]
"""Fields whose defaults hold a secret: a name, a type, and what makes the default."""


@given(
    secret=SECRETS,
    field=st.sampled_from(DEFAULTS),
    statement=st.sampled_from(["", "dsn = 5", "db = { host = 5 }", "password = 5", "doors = [5]"]),
    validator=st.sampled_from(["", "field", "model"]),
)
@settings(LAW, max_examples=30)
def test_models(
    place: Place, secret: str, field: tuple[str, Any, Any], statement: str, validator: str
) -> None:
    """In the default of a class's field, also where a validator repeats what it was given."""
    name, annotation, default = field
    validators: dict[str, Any] = {}

    def refuse(value: Any) -> Any:
        raise ValueError(f"{secret} is refused")

    if name == "text":
        pass  # a text that is no secret as a whole
    elif validator == "field":
        validators["v"] = field_validator(name)(refuse)
    elif validator == "model":
        validators["v"] = model_validator(mode="after")(refuse)
    kind = create_model(
        "Made",
        __base__=Config,
        __validators__=validators,
        **{name: (annotation, default(secret))},  # type: ignore[call-overload]
    )
    place.write("Rocket.toml", f"[default]\n{statement}\n")
    module = ModuleType("made")

    def find(name: str) -> Application:
        if name != "app":
            raise AttributeError(name)
        # As an application does that reads its configuration while it is imported.
        return Application(kind())

    module.__getattr__ = find  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "made", module)
        for out in outputs(["--app", "made:app"], kind):
            assert_hidden(secret, out)


def test_the_law_can_fail() -> None:
    """The check finds a part of a secret."""
    with pytest.raises(AssertionError):
        assert_hidden("hunter2hunter2", "… unter2 …")
