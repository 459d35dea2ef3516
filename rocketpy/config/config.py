"""`Config`: the typed configuration, and the class that users add their own keys to."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, Self

from rocketpy.config.lazy_imports import put_off

with put_off():
    from pydantic import BaseModel, Field, PrivateAttr, SecretBytes, SecretStr, ValidationError
    from pydantic_core import PydanticCustomError, core_schema
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from rocketpy.config.error_order import in_order
from rocketpy.config.keys.address import Address
from rocketpy.config.keys.extra_keys import OWN_KEYS, Health
from rocketpy.config.keys.limits import Limits
from rocketpy.config.keys.log_level import LogLevel
from rocketpy.config.keys.path import RelativePath
from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.config.keys.shutdown import Shutdown
from rocketpy.config.keys.table import KEYS
from rocketpy.config.keys.tls import TlsConfig
from rocketpy.config.pydantic_errors import from_pydantic
from rocketpy.config.secrets import mark, without_secrets
from rocketpy.config.sources import figment as service_figment
from rocketpy.figment.error import Error
from rocketpy.figment.figment import Figment
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import GLOBAL
from rocketpy.figment.providers.serialized import Serialized
from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class _Key:
    """In a field's annotation: a decoder of our table of keys reads it, and no other."""

    def __init__(self, name: str) -> None:
        self.decode = (KEYS.get(name) or OWN_KEYS[name]).decode

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {}

    def _read(self, value: Any) -> Any:
        try:
            return self.decode(value if isinstance(value, Value) else born(value, None))
        except Error as error:
            raise PydanticCustomError("rocket", "{text}", {"text": "", "error": error}) from None


def _has_decoder(name: str, field: FieldInfo) -> bool:
    # A subclass may have meant something else by one of our own keys' names: then it is its own.
    return name in KEYS or any(isinstance(part, _Key) for part in field.metadata)


class FigmentSource(PydanticBaseSettingsSource):
    """The one source of settings: the figment. Rocket's keys come as values with their tags."""

    def __init__(self, settings: type[BaseSettings], figment: Figment) -> None:
        super().__init__(settings)
        self.figment = figment

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return what the figment has for a field."""
        key = field.alias or field_name
        value = self.figment.merged().data.get(key)
        if value is None:
            return None, key, False
        return (value if _has_decoder(field_name, field) else value.plain()), key, False

    def __call__(self) -> dict[str, Any]:
        """Return what the figment has for all fields."""
        given = self.figment.merged().data
        found = (
            self.get_field_value(field, name)
            for name, field in self.settings_cls.model_fields.items()
        )
        # A value of None is one that was given: not every field takes it.
        return {key: value for value, key, _ in found if key in given}


class Config(BaseSettings):
    """A service's configuration: Rocket's keys, and in subclasses the user's own.

    Reading one reads the files and variables around the process, in Rocket's order (its guide,
    "Configuration"). Keys that are given as arguments are over all of these.

        class Settings(rocketpy.Config):
            greeting: str = "Hello"

        settings = Settings()
        settings.greeting, settings.port
        settings.figment.find_metadata("greeting")

    Raises:
        Error: something cannot be used; every error is chained, the first is Rocket's.

    Attributes:
        address: IP address to serve on.
        port: TCP port to serve on; 0 for any that is free.
        workers: processes that serve.
        max_blocking: most requests that one process works on at once.
        ident: text of the `Server` header, or None for no such header.
        ip_header: header with the client's address, or None.
        limits: most bytes of a request's body, by the kind of data.
        temp_dir: folder for large bodies.
        keep_alive: seconds that an idle connection is kept; 0 for none.
        tls: HTTPS, or None.
        secret_key: the key that signs cookies.
        shutdown: signals, grace and mercy of the end.
        log_level: how much the service says of itself.
        cli_colors: whether terminals get colours and emoji.

    rocketpy's own, see docs/web.md:
        previous_secret_keys: keys whose signatures are believed still.
        health: the routes for probes.
        metrics: whether `/metrics` is there.
        access_log: `rocket`, `json` or `off`; None leaves it to `log_level`.
    """

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        ser_json_bytes="base64",
    )

    # The defaults are the figment's; these tell type checkers that none of the keys is required.
    address: Annotated[Address, _Key("address")] = ip_address("127.0.0.1")
    port: Annotated[int, _Key("port")] = 8000
    workers: Annotated[int, _Key("workers")] = 1
    max_blocking: Annotated[int, _Key("max_blocking")] = 512
    ident: Annotated[str | None, _Key("ident")] = "Rocket"
    ip_header: Annotated[str | None, _Key("ip_header")] = "X-Real-IP"
    limits: Annotated[Limits, _Key("limits")] = Field(default_factory=Limits.defaults)
    temp_dir: Annotated[RelativePath, _Key("temp_dir")] = RelativePath("", "")
    keep_alive: Annotated[int, _Key("keep_alive")] = 5
    tls: Annotated[TlsConfig | None, _Key("tls")] = None
    secret_key: Annotated[SecretKey, _Key("secret_key")] = Field(default_factory=SecretKey)
    shutdown: Annotated[Shutdown, _Key("shutdown")] = Shutdown()
    log_level: Annotated[LogLevel, _Key("log_level")] = LogLevel.NORMAL
    cli_colors: Annotated[bool, _Key("cli_colors")] = True

    previous_secret_keys: Annotated[list[SecretKey], _Key("previous_secret_keys")] = []
    health: Annotated[Health, _Key("health")] = Health()
    metrics: Annotated[bool, _Key("metrics")] = False
    access_log: Annotated[str | None, _Key("access_log")] = None

    _figment: Figment = PrivateAttr()

    def __init__(self, figment: Figment | None = None, /, **overrides: Any) -> None:
        figment = type(self).figment_with_defaults(figment or service_figment())
        if overrides:
            figment = figment.merge(Serialized(overrides, GLOBAL, depth=2))
        try:
            figment.merged()
            super().__init__(_build_sources=((FigmentSource(type(self), figment),), {}))
        except ValidationError as invalid:
            error = in_order(from_pydantic(invalid, figment), figment)
            raise without_secrets(error) from None
        except Error as error:
            raise without_secrets(error) from None
        self._figment = figment

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        mark(cls)

    @property
    def figment(self) -> Figment:
        """The layers that this was read from: every value, and where it came from."""
        return self._figment

    @property
    def profile(self) -> str:
        """The selected profile."""
        return str(self._figment.profile)

    @property
    def tls_enabled(self) -> bool:
        """Whether HTTPS is served: there is a `tls` table, and ciphers in it."""
        return self.tls is not None and bool(self.tls.ciphers)

    @property
    def mtls_enabled(self) -> bool:
        """Whether clients are asked for certificates."""
        return self.tls is not None and self.tls_enabled and self.tls.mutual is not None

    @classmethod
    def figment_with_defaults(cls, figment: Figment) -> Figment:
        """Return a figment with the defaults of a subclass's own keys, beneath all else."""
        own = _own_defaults(cls)
        if not own:
            return figment
        return figment.join(Serialized(own, metadata=Metadata(f"{cls.__qualname__} defaults")))

    @classmethod
    def load(cls, profile: str | None = None, **overrides: Any) -> Self:
        """Read the configuration for a profile, instead of the one that `ROCKET_PROFILE` names."""
        return cls(service_figment(profile), **overrides)


def _own_defaults(settings: type[BaseSettings]) -> dict[str, Any]:
    """Return those defaults of a subclass's fields that a file could give."""
    found = {}
    for name, field in settings.model_fields.items():
        if _has_decoder(name, field) or field.is_required():
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, SecretStr | SecretBytes | bytes):
            # Pydantic's own default stands: a file has no form for these.
            continue
        if isinstance(default, BaseModel):
            default = default.model_dump()
        try:
            born(default, None)
        except TypeError:
            continue
        if default is not None:
            found[field.alias or name] = default
    return found
