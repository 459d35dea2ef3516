"""`Config`: the typed configuration, and the class that users add their own keys to."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from rocketpy.config.lazy_imports import put_off

with put_off():
    from pydantic import (
        BaseModel,
        Field,
        PrivateAttr,
        SecretBytes,
        SecretStr,
        ValidationError,
        ValidationInfo,
        field_validator,
    )
    from pydantic_settings import BaseSettings, SettingsConfigDict

from rocketpy.config.error_order import in_order, with_other_sources
from rocketpy.config.keys.address import Address
from rocketpy.config.keys.extra_keys import Health
from rocketpy.config.keys.limits import Limits
from rocketpy.config.keys.log_level import LogLevel
from rocketpy.config.keys.path import RelativePath
from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.config.keys.shutdown import Shutdown
from rocketpy.config.keys.table import KEYS
from rocketpy.config.keys.tls import TlsConfig, is_enabled, is_mutual
from rocketpy.config.pydantic_errors import from_pydantic
from rocketpy.config.secrets import mark, without_secrets
from rocketpy.config.sources import figment as service_figment
from rocketpy.figment.error import Error
from rocketpy.figment.figment import Figment
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import GLOBAL
from rocketpy.figment.providers.serialized import Serialized
from rocketpy.figment.value import Value, born


def key(name: str) -> Any:
    """Declare the field of a key in the table, with its default and its description.

    Its type is written beside it, since type checkers read no tables.
    """
    return Field(default_factory=KEYS[name].default_value, description=KEYS[name].about)


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
        log_level: which messages the service prints.
        cli_colors: whether terminals get colours and emoji.

    rocketpy's own, see docs/web.md:
        previous_secret_keys: keys that signed cookies before, whose signatures are still accepted.
        health: the routes for probes.
        metrics: whether `/metrics` is there.
        access_log: `rocket`, `json` or `off`; None leaves it to `log_level`.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        ser_json_bytes="base64",
    )

    address: Address = key("address")
    port: int = key("port")
    workers: int = key("workers")
    max_blocking: int = key("max_blocking")
    ident: str | None = key("ident")
    ip_header: str | None = key("ip_header")
    limits: Limits = key("limits")
    temp_dir: RelativePath = key("temp_dir")
    keep_alive: int = key("keep_alive")
    tls: TlsConfig | None = key("tls")
    secret_key: SecretKey = key("secret_key")
    shutdown: Shutdown = key("shutdown")
    log_level: LogLevel = key("log_level")
    cli_colors: bool = key("cli_colors")

    previous_secret_keys: list[SecretKey] = key("previous_secret_keys")
    health: Health = key("health")
    metrics: bool = key("metrics")
    access_log: str | None = key("access_log")

    _figment: Figment = PrivateAttr()

    @field_validator(*KEYS, mode="before")
    @classmethod
    def _decode(cls, value: Any, info: ValidationInfo) -> Any:
        # Only the fields of keys in the table are given values with their tags.
        return KEYS[str(info.field_name)].decode(value) if isinstance(value, Value) else value

    def __init__(self, figment: Figment | None = None, /, **overrides: Any) -> None:
        figment = type(self).figment_with_defaults(figment or service_figment())
        if overrides:
            figment = figment.merge(Serialized(overrides, GLOBAL, depth=2))
        try:
            # Past BaseSettings, whose sources are not used: the figment is the only one.
            super(BaseSettings, self).__init__(**_given(type(self), figment))
        except ValidationError as invalid:
            error = in_order(from_pydantic(invalid, figment), figment)
            raise without_secrets(error) from None
        except Error as error:
            error = with_other_sources(error, figment, type(self))
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
        return is_enabled(self.tls)

    @property
    def mtls_enabled(self) -> bool:
        """Whether clients are asked for certificates."""
        return is_mutual(self.tls)

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


_TYPES = {name: Config.model_fields[name].annotation for name in KEYS}


def _is_ours(settings: type[Config], name: str) -> bool:
    """Whether a field is that of a key in the table.

    A subclass may mean something else by the name of one of rocketpy's own keys.
    """
    if name not in KEYS:
        return False
    return KEYS[name].rocket or settings.model_fields[name].annotation == _TYPES[name]


def _given(settings: type[Config], figment: Figment) -> dict[str, Any]:
    """Return what a figment has for the fields of a class: values for keys in the table, else data.

    A value of None is one that was given: not every field takes it.

    Raises:
        Error: a layer could not be used.
    """
    merged = figment.merged().data
    found: dict[str, Any] = {}
    for name, field in settings.model_fields.items():
        spelled = field.alias or name
        if spelled in merged:
            value = merged[spelled]
            found[spelled] = value if _is_ours(settings, name) else value.plain()
    return found


def _own_defaults(settings: type[Config]) -> dict[str, Any]:
    """Return those defaults of a subclass's fields that a file could give."""
    found = {}
    for name, field in settings.model_fields.items():
        if _is_ours(settings, name) or field.is_required():
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
