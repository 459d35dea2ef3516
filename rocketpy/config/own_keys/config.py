"""`Config`: the typed configuration, and the class that users add their own keys to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rocketpy.config.fields import FieldDefault, as_data, default_of, given, spellings
from rocketpy.config.keys.address import Address
from rocketpy.config.keys.extra_keys import Health, Listen
from rocketpy.config.keys.limits import Limits
from rocketpy.config.keys.log_level import LogLevel
from rocketpy.config.keys.path import RelativePath
from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.config.keys.shutdown import Shutdown
from rocketpy.config.keys.table import DEFAULTS, KEYS
from rocketpy.config.keys.tls import TlsConfig
from rocketpy.config.mistakes.error_order import in_order, with_other_sources
from rocketpy.config.own_keys.class_options import (
    refuse_nested_settings,
    refuse_options,
    refuse_other_types,
)
from rocketpy.config.pydantic_errors import from_pydantic
from rocketpy.config.rocket_config import ServiceConfig, figment_of_service, with_overrides
from rocketpy.config.settings_shape import is_ours, secrets_of, shape_of
from rocketpy.config.typed_figment import Figment
from rocketpy.figment import figment as plain
from rocketpy.figment.error import Error
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import DEFAULT
from rocketpy.figment.providers.serialized import Serialized
from rocketpy.figment.value import Tag, Value, born


def key(name: str) -> Any:
    """Declare the field of a key in the table, with its default and its description.

    Its type is written beside it, since type checkers read no tables.
    """
    return Field(default_factory=KEYS[name].default_value, description=KEYS[name].about)


class Config(BaseSettings, ServiceConfig):
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

    Its attributes are those of `rocketpy.config.rocket_config.ServiceConfig`, and the user's own.
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
    listen: list[Listen] = key("listen")
    worker_timeout: int | None = key("worker_timeout")

    _file: ClassVar[str] = ""
    _figment: Figment = PrivateAttr()
    _shown: Figment | None = PrivateAttr(default=None)

    @field_validator(*KEYS, mode="before")
    @classmethod
    def _decode(cls, value: Any, info: ValidationInfo) -> Any:
        # Only the fields of keys in the table are given values with their tags.
        return KEYS[str(info.field_name)].decode(value) if isinstance(value, Value) else value

    def __init__(self, figment: plain.Figment | None = None, /, **overrides: Any) -> None:
        settings = type(self)
        layers = settings._with_own_rocket_defaults(
            figment_of_service(settings) if figment is None else figment
        )
        layers = with_overrides(settings, layers, overrides)
        try:
            # Past BaseSettings, whose sources are not used: the figment is the only one.
            super(BaseSettings, self).__init__(**given(settings, layers, overrides))
        except ValidationError as invalid:
            layers = settings.figment_with_defaults(layers)
            error = in_order(from_pydantic(invalid, layers), layers)
            raise secrets_of(settings).within(layers).hide(error) from None
        except Error as error:
            error = with_other_sources(error, layers, settings)
            raise secrets_of(settings).within(layers).hide(error) from None
        self._figment = layers

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        refuse_options(cls)
        refuse_nested_settings(cls, shape_of(cls))
        refuse_other_types(cls)
        cls._file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""

    def __eq__(self, other: object) -> bool:
        # The layers are no part of it: two readings of the same sources are equal.
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__))

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the fields as they are printed: without the secrets among the user's own."""
        secrets = secrets_of(type(self))
        for name, value in super().__repr_args__():
            if name is None or is_ours(type(self), name):
                yield name, value
            else:
                yield name, secrets.printed(name, value)

    @property
    def figment(self) -> Figment:
        """The layers that this was read from: every value, and where it came from."""
        if self._shown is None:
            self._shown = type(self).figment_with_defaults(self._figment, self.__dict__)
        return self._shown

    @classmethod
    def figment_with_defaults(
        cls, figment: plain.Figment, values: dict[str, Any] | None = None
    ) -> Figment:
        """Return a figment with the defaults of a subclass's own keys, beneath all else.

        Args:
            figment: the layers.
            values: the values of all fields, for defaults that are not known before.
        """
        layers = cls._with_own_rocket_defaults(figment)
        own = {}
        for name, field in cls.model_fields.items():
            if not is_ours(cls, name) and not field.is_required():
                value = values[name] if values else default_of(field)
                spelled = next(iter(spellings(cls, name)), name)
                own[spelled] = born(as_data(value), Tag(FieldDefault(cls, name), DEFAULT))
        if not own:
            return layers
        return layers.join(Serialized(own, metadata=Metadata(f"{cls.__qualname__} defaults")))

    @classmethod
    def _with_own_rocket_defaults(cls, figment: plain.Figment) -> Figment:
        """Return a figment with a subclass's defaults of Rocket's keys, in place of Rocket's."""
        layers = Figment.typed(figment)
        for name in KEYS:
            field = cls.model_fields[name]
            is_new = field.default_factory is not Config.model_fields[name].default_factory
            if KEYS[name].rocket and is_new and not field.is_required():
                default = born(as_data(default_of(field)), Tag(FieldDefault(cls, name), DEFAULT))
                layers = layers.replace(DEFAULTS, name, default)
        return layers
