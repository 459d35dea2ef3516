"""Users' own keys come back as they were given, whatever options of pydantic their class sets."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    Json,
    SecretStr,
    ValidationInfo,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
)
from pydantic import dataclasses as pydantic_dataclasses
from pydantic_settings import BaseSettings, SettingsConfigDict

from rocketpy import Config, Error, Limits, RelativePath, SecretKey
from rocketpy.config.sources import figment
from rocketpy.figment import Serialized
from tests.support import Place


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    x: int = 1
    y: int = 2


class Rich(BaseModel):
    """A model of which no dump gives back what it was made of."""

    model_config = ConfigDict(extra="forbid")

    password: SecretStr = SecretStr("hunter2")
    every: timedelta = timedelta(seconds=90)
    colour: Colour = Colour.RED
    tags: set[str] = set()
    inners: dict[str, Inner] = {}
    hidden: int = Field(default=1, exclude=True)
    aliased: int = Field(default=1, alias="spelledOtherwise")
    looked_up: int = Field(default=1, validation_alias=AliasPath("deep", "down"))
    port: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        """Return what no input may hold."""
        return 2 * self.port

    @field_serializer("every")
    def _every(self, every: timedelta) -> str:
        return f"about {every}"


class Odd(BaseModel):
    a: int = 1
    b: int = 2

    @model_serializer
    def _dump(self) -> str:
        return f"{self.a}/{self.b}"


DEFAULT = Rich(
    password=SecretStr("s3cret"),
    every=timedelta(hours=1),
    colour=Colour.BLUE,
    tags={"a", "b"},
    inners={"one": Inner(x=5)},
    hidden=7,
    spelledOtherwise=8,
)


class Settings(Config):
    rich: Rich = DEFAULT
    odd: Odd = Odd(a=5)
    numbers: dict[str, int] = {"a": 1, "b": 2}
    made: Rich = Field(default_factory=lambda: DEFAULT)


def test_defaults_are_instances(place: Place) -> None:
    """Where nothing is given, a default is what the class says, not a copy made of a dump."""
    settings = Settings()
    assert settings.rich == DEFAULT
    assert settings.odd == Odd(a=5)
    assert settings.made == DEFAULT


@pytest.mark.parametrize("key", ["rich", "made"])
def test_a_part_of_a_default(place: Place, key: str) -> None:
    """What is given of a model is laid over the default; all that is not given stays."""
    place.write(
        "Rocket.toml",
        f"[default.{key}]\nport = 9\nspelledOtherwise = 3\n[default.{key}.inners.one]\ny = 6\n",
    )
    found: Rich = getattr(Settings(), key)
    assert (found.port, found.aliased, found.inners) == (9, 3, {"one": Inner(x=5, y=6)})
    assert found.password.get_secret_value() == "s3cret"
    assert (found.every, found.colour, found.tags) == (timedelta(hours=1), Colour.BLUE, {"a", "b"})
    assert found.hidden == 7


def test_other_tables_unite_too(place: Place) -> None:
    """A dictionary with the default's, a model whatever its serializer makes of it."""
    place.write("Rocket.toml", "[default]\nnumbers = { b = 3, c = 4 }\nodd.b = 6\n")
    settings = Settings()
    assert settings.numbers == {"a": 1, "b": 3, "c": 4}
    assert settings.odd == Odd(a=5, b=6)


def test_what_is_refused_of_a_part(place: Place) -> None:
    """A model that forbids other keys refuses those that are given, and none of its own."""
    place.write("Rocket.toml", "[default.rich]\nprt = 9\n")
    with pytest.raises(Error) as raised:
        Settings()
    assert [str(error.kind) for error in raised.value] == ["unknown field: found `prt`"]


@pydantic_dataclasses.dataclass
class Point:
    x: int = 1
    y: int = 2


@dataclasses.dataclass
class Place3D:
    x: int = 1
    z: Annotated[int, Field(validation_alias="depth")] = 3
    sum: int = dataclasses.field(init=False, default=0)


class Tuned(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int = 1


def test_other_kinds_of_model(place: Place) -> None:
    """Dataclasses of both kinds, and models that allow other keys."""

    class Shapes(Config):
        point: Point = Point(x=5)
        there: Place3D = Place3D(x=5, z=6)
        tuned: Tuned = Tuned.model_validate({"known": 2, "other": 3})

    place.write(
        "Rocket.toml", "[default]\npoint.y = 7\nthere.depth = 8\ntuned.more = 4\ntuned.other = 5\n"
    )
    shapes = Shapes()
    assert shapes.point == Point(x=5, y=7)
    assert shapes.there == Place3D(x=5, z=8)
    assert shapes.tuned.model_extra == {"other": 5, "more": 4}
    assert shapes.tuned.known == 2


class Circle(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["circle"] = "circle"
    radius: int = 1


class Square(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["square"] = "square"
    side: int = 1
    turned: bool = False


class Shaped(Config):
    shape: Circle | Square = Field(default=Square(side=2, turned=True), discriminator="kind")
    either: Inner | Odd = Inner(x=4)


@pytest.mark.parametrize(
    ("toml", "shape"),
    [
        ("", Square(side=2, turned=True)),
        ('shape = { kind = "circle", radius = 3 }', Circle(radius=3)),
        ('shape = { kind = "square", side = 3 }', Square(side=3, turned=True)),
        ("shape = { side = 3 }", Square(side=3, turned=True)),
    ],
)
def test_members_of_a_union(place: Place, toml: str, shape: BaseModel) -> None:
    """A default completes what is of its own member, and nothing else."""
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    assert Shaped().shape == shape


def test_members_of_a_plain_union(place: Place) -> None:
    """Keys that the default's member does not have are those of another one."""
    place.write("Rocket.toml", "[default]\neither = { b = 3 }\n")
    assert Shaped().either == Odd(b=3)
    place.write("Rocket.toml", "[default]\neither = { y = 3 }\n")
    assert Shaped().either == Inner(x=4, y=3)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ('shape = { kind = "oval" }', "unknown variant: found `oval`, expected ``circle` or"),
        ("shape = { side = 'x' }", 'invalid type: found string "x", expected an integer'),
    ],
)
def test_unions_that_are_refused(place: Place, toml: str, problem: str) -> None:
    """A tag that no member has is named, with those that there are."""
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    with pytest.raises(Error) as raised:
        Shaped()
    assert str(raised.value.kind).startswith(problem)


def test_a_tag_is_missing(place: Place) -> None:
    """Without a default, a table must say which member it is."""

    class Required(Config):
        shape: Circle | Square = Field(discriminator="kind")

    place.write("Rocket.toml", "[default]\nshape = {}\n")
    with pytest.raises(Error) as raised:
        Required.load()
    assert str(raised.value.kind) == "missing field `kind`"
    assert raised.value.help == "add the key `kind`: it says what the table is"


def test_a_default_made_of_other_values(place: Place) -> None:
    """A factory gets the values of the fields before it, as in pydantic."""

    class Derived(Config):
        name: str = "x"
        label: str = Field(default_factory=lambda data: data["name"].upper())

    place.env(ROCKET_NAME="ann")
    settings = Derived()
    assert settings.label == "ANN"
    assert settings.figment.find("label").plain() == "ANN"
    assert Derived.figment_with_defaults(figment()).find("label").plain() is None


# -- Rocket's keys declared again ----------------------------------------------------------------


def test_another_default_of_rockets_key(place: Place) -> None:
    """It is in the place of Rocket's, beneath all that is given; Rocket's reading stays."""

    class Mine(Config):
        port: int = 9000
        limits: Limits = Limits({"json": 5, "own": 6})
        log_level: Literal["debug", "off"] = "off"  # type: ignore[assignment]

    settings = Mine()
    assert (settings.port, dict(settings.limits)) == (9000, {"json": 5, "own": 6})
    assert str(settings.log_level) == "off"
    assert "test_own_keys.py" in str(settings.figment.find_metadata("port"))
    place.write("Rocket.toml", "[default]\nport = 1\nlimits.own = '1kB'\n")
    settings = Mine()
    assert (settings.port, dict(settings.limits)) == (1, {"json": 5, "own": 1000})
    place.env(ROCKET_PORT="70000")
    with pytest.raises(Error, match="expected u16"):
        Mine()


def test_what_rockets_key_is_declared_again_with(place: Place) -> None:
    """Pydantic's own conditions come after Rocket's reading."""

    class Mine(Config):
        port: int = Field(default=9000, ge=1024)

    place.write("Rocket.toml", "[default]\nport = 80\n")
    with pytest.raises(Error) as raised:
        Mine()
    assert str(raised.value) == (
        "invalid value signed int `80`, expected a value greater than or equal to 1024 "
        'for key "default.port" in Rocket.toml TOML file'
    )


def test_another_type_of_rockets_key_is_refused() -> None:
    """The server reads it: the class is refused when it is made, by name."""
    with pytest.raises(TypeError, match=r"Mine: `port` is Rocket's key.*Give a key of your own"):

        class Mine(Config):
            port: str = "x"  # type: ignore[assignment]


# -- names ---------------------------------------------------------------------------------------


class Spelled(Config):
    model_config = SettingsConfigDict(populate_by_name=True)

    first: int = Field(default=0, alias="eins")
    second: int = Field(default=0, validation_alias=AliasChoices("zwei", "deux", "TWO"))
    third: int = Field(default=0, validation_alias=AliasPath("drei", "value"))
    maxSize: int = 0  # noqa: N815
    SHOUTED: int = 0


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("eins = 5", "first"),
        ("first = 5", "first"),
        ("zwei = 5", "second"),
        ("deux = 5", "second"),
        ("second = 5", "second"),
        ("zwei = 5\ndeux = 6", "second"),
        ("drei = { value = 5 }", "third"),
        ("maxSize = 5", "maxSize"),
        ("SHOUTED = 5", "SHOUTED"),
    ],
)
def test_every_spelling_is_read(place: Place, toml: str, field: str) -> None:
    """Aliases, choices, paths, names in any case, as pydantic documents them."""
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    assert getattr(Spelled(), field) == 5


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("ROCKET_EINS", "first"),
        ("ROCKET_FIRST", "first"),
        ("ROCKET_TWO", "second"),
        ("ROCKET_MAXSIZE", "maxSize"),
        ("ROCKET_SHOUTED", "SHOUTED"),
        ("rocket_shouted", "SHOUTED"),
        ("ROCKET_DREI.VALUE", "third"),
    ],
)
def test_variables_have_no_case(place: Place, variable: str, field: str) -> None:
    """A variable is read for the field whose name it has in any case, over any file."""
    place.write("Rocket.toml", "[default]\neins = 1\nzwei = 1\nmaxSize = 1\nSHOUTED = 1\n")
    place.env(**{variable: "5"})
    assert getattr(Spelled(), field) == 5


def test_only_aliases_and_only_names(place: Place) -> None:
    """A field with an alias is not read by its name, unless the class says so."""

    class Strict(Config):
        one: int = Field(default=0, alias="eins")

    class ByName(Config):
        model_config = SettingsConfigDict(validate_by_alias=False)
        one: int = Field(default=0, alias="eins")

    place.write("Rocket.toml", "[default]\none = 1\neins = 2\n")
    assert Strict().one == 2
    assert ByName().one == 1


def test_tables_under_two_spellings_unite(place: Place) -> None:
    """The one that pydantic prefers counts more."""

    class Both(Config):
        inner: Inner = Field(validation_alias=AliasChoices("foo", "bar"))

    place.write("Rocket.toml", "[default]\nfoo = { x = 3 }\nbar = { x = 4, y = 5 }\n")
    assert Both.load().inner == Inner(x=3, y=5)


def test_an_alias_generator(place: Place) -> None:
    """Rocket's keys keep their names."""

    class Camel(Config):
        model_config = SettingsConfigDict(alias_generator=lambda name: name.replace("_", "-"))
        own_key: int = 0

    place.write("Rocket.toml", "[default]\nown-key = 5\nkeep_alive = 6\n")
    assert (Camel().own_key, Camel().keep_alive) == (5, 6)


@pytest.mark.parametrize("extra", ["allow", "forbid"])
def test_keys_that_no_field_has(place: Place, extra: Literal["allow", "forbid"]) -> None:
    """They are kept or refused as the class says."""

    class Extra(Config):
        model_config = SettingsConfigDict(extra=extra)
        one: int = 0

    place.write("Rocket.toml", "[default]\none = 1\ntwo = 2\nport = 3\n")
    if extra == "allow":
        assert Extra().model_extra == {"two": 2}
        return
    with pytest.raises(Error) as raised:
        Extra()
    assert str(raised.value) == (
        'unknown field: found `two` for key "default.two" in Rocket.toml TOML file'
    )


# -- values --------------------------------------------------------------------------------------


class Typed(Config):
    folder: RelativePath = RelativePath("", "")
    folders: list[RelativePath] = []
    by_name: dict[str, RelativePath | None] = {}
    signing: SecretKey | None = None
    sizes: Limits = Limits.defaults()
    text: Json[list[int]] | None = None


def test_rocketpys_types_for_own_keys(place: Place) -> None:
    """They read as Rocket's keys of these types do: paths relative to their file, sizes, keys."""
    place.write(
        "conf/Rocket.toml",
        "[default]\nfolder = 'a'\nfolders = ['b', '/c']\nby_name = { d = 'd' }\n"
        f"signing = '{'0f' * 32}'\nsizes = {{ json = '1MiB' }}\ntext = [1, 2]\n",
    )
    place.env(ROCKET_CONFIG=str(place.folder / "conf/Rocket.toml"))
    settings = Typed()
    folder = str(place.folder / "conf")
    assert settings.folder == RelativePath("a", os.path.join(folder, "a"))
    assert [str(path) for path in settings.folders] == [os.path.join(folder, "b"), "/c"]
    assert str(settings.by_name["d"]) == os.path.join(folder, "d")
    assert settings.signing == SecretKey(b"\x0f" * 32)
    assert settings.sizes["json"] == 2**20
    assert settings.text == [1, 2]


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("folder = 5", "invalid type: found signed int `5`, expected path string for key"),
        ("signing = 'x'", "invalid length 1, expected 44 or 88"),
        ("sizes = { a = 'x' }", 'invalid value string "x", expected byte unit string for key'),
    ],
)
def test_rocketpys_types_refuse(place: Place, toml: str, problem: str) -> None:
    """The words are those of Rocket's keys, and the place is there."""
    place.write("Rocket.toml", f"[default]\n{toml}\n")
    with pytest.raises(Error) as raised:
        Typed()
    assert str(raised.value).startswith(problem)
    assert "in Rocket.toml TOML file" in str(raised.value)


def test_validators_see_plain_data(place: Place) -> None:
    """A "before" validator sees what a file can hold, and nothing of ours."""
    seen: list[Any] = []

    class Watched(Config):
        numbers: list[int] = []
        table: Inner = Inner()

        @field_validator("numbers", "table", mode="before")
        @classmethod
        def _see(cls, value: Any, info: ValidationInfo) -> Any:
            seen.append(value)
            return value

    place.write("Rocket.toml", "[default]\nnumbers = [1]\ntable = { x = 5 }\n")
    Watched()
    assert seen == [[1], {"x": 5, "y": 2}]
    assert [type(part) for part in (seen[0], seen[0][0], seen[1], seen[1]["x"])] == [
        list, int, dict, int,
    ]  # fmt: skip


def test_arguments_may_be_of_any_type(place: Place) -> None:
    """What code gives counts as it is; the layers have it in writing."""
    inner = Inner(x=9)

    class Given(Config):
        door: SecretStr = SecretStr("")
        inner: Inner = Inner()
        colour: Colour = Colour.RED

    settings = Given(door=SecretStr("hunter2"), inner=inner, colour=Colour.BLUE)
    assert settings.door.get_secret_value() == "hunter2"
    assert settings.inner is inner
    assert settings.colour is Colour.BLUE
    assert settings.figment.find("inner.x").plain() == 9


def test_a_configuration_is_a_model(place: Place) -> None:
    """It dumps, copies, prints and compares as other models of pydantic do; no secret shows."""

    class Model(Config):
        door: SecretStr = SecretStr("hunter2")
        when: timedelta = timedelta(seconds=5)
        folder: RelativePath = RelativePath("x", "y")
        colours: set[Colour] = {Colour.RED}

    tls: dict[str, Any] = {"certs": "c.pem", "key": [104, 117, 110]}
    given: dict[str, Any] = {"secret_key": "0f" * 32, "tls": tls}
    settings = Model(**given)
    data = json.loads(settings.model_dump_json())
    assert data == settings.model_dump(mode="json")
    assert (data["port"], data["address"], data["folder"]) == (8000, "127.0.0.1", "y")
    assert (data["secret_key"], data["door"]) == ("[provided]", "**********")
    assert data["tls"]["key"] == {"bytes": []}
    assert data["shutdown"]["signals"] == ["SIGTERM"]
    assert data["health"] == {"enabled": True, "port": None}
    assert data["limits"]["json"] == 2**20
    assert copy.deepcopy(settings) == settings == Model(**given)
    assert copy.deepcopy(settings).figment is not None
    assert settings != Model()
    assert hash(settings) == hash(Model(**given))
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in text
        assert "0f0f" not in text


def test_layers_of_ones_own(place: Place) -> None:
    """A figment that has no defaults of Rocket's is read with those of the class."""
    layers = figment().merge(Serialized.globals({"rich": {"port": 5}}))
    kind: type[Config] = Settings
    found = kind(layers)
    assert isinstance(found, Settings)
    assert (found.rich.port, found.rich.colour) == (5, Colour.BLUE)


# -- what has no effect is refused ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        ({"env_prefix": "APP_"}, "keys are read from ROCKET_<KEY>"),
        ({"env_file": ".env"}, "rocketpy launch --env-file"),
        ({"env_nested_delimiter": "_"}, "ROCKET_DB__URL"),
        ({"secrets_dir": "/run/secrets"}, "ROCKET_SECRETS_DIR"),
        ({"toml_file": "x.toml"}, "profiles/"),
        ({"json_file": "x.json"}, "Json.file"),
        ({"yaml_file": "x.yaml"}, "Yaml.file"),
        ({"cli_parse_args": True}, "rocketpy launch"),
        ({"case_sensitive": True}, "in any case"),
        ({"env_ignore_empty": True}, "the sources are Rocket's"),
    ],
)
def test_options_without_effect(options: dict[str, Any], instead: str) -> None:
    """The class is refused when it is made, and the message says what to use instead."""
    with pytest.raises(TypeError, match=rf"Asking: the option `{next(iter(options))}`") as raised:

        class Asking(Config):
            model_config = SettingsConfigDict(**options)  # type: ignore[typeddict-item]

    assert instead in str(raised.value)


def test_options_that_ask_for_nothing_else() -> None:
    """A default named again, and what is so anyway, is no request."""

    class Asking(Config):
        model_config = SettingsConfigDict(
            env_prefix="", nested_model_default_partial_update=True, str_strip_whitespace=True
        )

    assert Asking.model_config["str_strip_whitespace"]


def test_sources_of_ones_own_are_refused() -> None:
    """They would not be called."""
    with pytest.raises(TypeError, match=r"`settings_customise_sources` has no effect.*figment"):

        class Asking(Config):
            @classmethod
            def settings_customise_sources(cls, settings_cls: Any, **sources: Any) -> Any:  # type: ignore[override]
                return ()


class NestedSettings(BaseSettings):
    x: int = 1


class Holder(BaseModel):
    nested: list[NestedSettings] = []


@pytest.mark.parametrize("kind", [NestedSettings, Holder, dict[str, Spelled]])
def test_settings_within_settings_are_refused(kind: Any) -> None:
    """They would read sources of their own."""
    with pytest.raises(TypeError, match=r"Outer: `inner[.\w*]*` is a \w+, which reads sources"):

        class Outer(Config):
            inner: kind = None


def test_options_of_the_constructor_are_refused(place: Place) -> None:
    """pydantic-settings takes `_env_file` and others; here they would be keys."""
    with pytest.raises(TypeError, match="`_env_file` is no key"):
        Config(_env_file=".env")
