"""`RocketConfig`, the typed configuration of a service that has no keys of its own.

`ServiceConfig` is what it has in common with `Config`, the class for users' own keys: what reads
a configuration expects a `ServiceConfig`. Nothing here imports pydantic.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NoReturn, Self

from rocketpy.config.keys.table import KEYS
from rocketpy.config.keys.tls import is_enabled, is_mutual
from rocketpy.config.mistakes.error_order import in_order, with_other_sources
from rocketpy.config.secrets import Secrets
from rocketpy.config.settings_shape import shape_of
from rocketpy.config.sources import figment as service_figment
from rocketpy.config.typed_figment import Figment
from rocketpy.figment.error import Error
from rocketpy.figment.profile import GLOBAL, Profile
from rocketpy.figment.providers.serialized import Serialized

if TYPE_CHECKING:
    from rocketpy.config.keys.address import Address
    from rocketpy.config.keys.extra_keys import Health, Listen
    from rocketpy.config.keys.limits import Limits
    from rocketpy.config.keys.log_level import LogLevel
    from rocketpy.config.keys.path import RelativePath
    from rocketpy.config.keys.secret_key import SecretKey
    from rocketpy.config.keys.shutdown import Shutdown
    from rocketpy.config.keys.tls import TlsConfig
    from rocketpy.figment import figment as plain
    from rocketpy.figment.value import Value


class ServiceConfig(ABC):
    """What every configuration has: Rocket's keys and rocketpy's own, and where they come from.

    It has two classes: `RocketConfig`, and `Config`, from which users derive theirs.

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
        listen: where to listen, instead of `address` and `port`; see docs/workers.md.
        worker_timeout: seconds after which a worker that does not answer is replaced; None for
            never.
    """

    address: Address
    port: int
    workers: int
    max_blocking: int
    ident: str | None
    ip_header: str | None
    limits: Limits
    temp_dir: RelativePath
    keep_alive: int
    tls: TlsConfig | None
    secret_key: SecretKey
    shutdown: Shutdown
    log_level: LogLevel
    cli_colors: bool

    previous_secret_keys: list[SecretKey]
    health: Health
    metrics: bool
    access_log: str | None
    listen: list[Listen]
    worker_timeout: int | None

    _figment: Figment

    @abstractmethod
    def __init__(self, figment: plain.Figment | None = None, /, **overrides: Any) -> None:
        """Read the configuration.

        Args:
            figment: the layers to read; those of the process if None.
            overrides: keys that are over all layers.

        Raises:
            Error: something cannot be used; every error is chained, the first is Rocket's.
        """

    @property
    @abstractmethod
    def figment(self) -> Figment:
        """The layers that this was read from: every value, and where it came from."""

    @classmethod
    @abstractmethod
    def figment_with_defaults(cls, figment: plain.Figment) -> Figment:
        """Return a figment with the defaults of a class's own keys, beneath all else."""

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
        """Whether the server requests client certificates."""
        return is_mutual(self.tls)

    @classmethod
    def load(cls, profile: str | None = None, **overrides: Any) -> Self:
        """Read the configuration for a profile, instead of the one that `ROCKET_PROFILE` names."""
        return cls(figment_of_service(cls, profile), **overrides)


class RocketConfig(ServiceConfig):
    """A service's configuration: Rocket's keys and rocketpy's own, which are those of its base.

    Reading one reads the files and variables around the process, in Rocket's order (its guide,
    "Configuration"). Keys that are given as arguments are over all of these.

        config = rocketpy.RocketConfig()
        config.port
        config.figment.find_metadata("port")

    A service with keys of its own derives a class from `rocketpy.Config` instead.

    Raises:
        Error: something cannot be used; every error is chained, the first is Rocket's.
    """

    def __init__(self, figment: plain.Figment | None = None, /, **overrides: Any) -> None:
        layers = with_overrides(
            RocketConfig, figment_of_service() if figment is None else figment, overrides
        )
        try:
            values = layers.extract(_decode)
        except Error as error:
            if layers.failures is not None:
                error = with_other_sources(error, layers, RocketConfig)
            else:
                error = in_order(error, layers)
            raise Secrets().within(layers).hide(error) from None
        self.__dict__.update(values, _figment=layers)

    def __init_subclass__(cls) -> None:
        raise TypeError(
            f"{cls.__qualname__}: keys of your own need a class that is derived from "
            f"rocketpy.Config; RocketConfig has Rocket's keys alone"
        )

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"`{name}` cannot be set: a configuration stays as it was read")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"`{name}` cannot be deleted: a configuration stays as it was read")

    def __eq__(self, other: object) -> bool:
        # The layers are no part of it: two readings of the same sources are equal.
        return isinstance(other, RocketConfig) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((self.port, self.workers, self.secret_key))

    def __repr__(self) -> str:
        fields = (f"{name}={value!r}" for name, value in self._values().items())
        return f"RocketConfig({', '.join(fields)})"

    def _values(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in KEYS}

    @property
    def figment(self) -> Figment:
        """The layers that this was read from: every value, and where it came from."""
        return self._figment

    @classmethod
    def figment_with_defaults(cls, figment: plain.Figment) -> Figment:
        """Return a figment as it is: there are no keys of a class's own."""
        return Figment.typed(figment)


def figment_of_service(
    settings: type[ServiceConfig] = RocketConfig, profile: str | Profile | None = None
) -> Figment:
    """Return the layers that a service is read from, to be merged with others.

    It is Rocket's `Config::figment()`; an application is made of the result by
    `rocketpy.App(Settings, figment=…)`, Rocket's `rocket::custom(…)`.

        from rocketpy.figment import Serialized

        layers = rocketpy.figment_of_service(Settings).merge(Serialized.default("port", 9000))
        app = rocketpy.App(Settings, figment=layers)

    Args:
        settings: the class whose own keys variables may give.
        profile: the profile to select, instead of the one that `ROCKET_PROFILE` names.
    """
    return service_figment(profile, shape_of(settings), only_rocket=False)


def with_overrides(
    settings: type[ServiceConfig], layers: plain.Figment, overrides: dict[str, Any]
) -> Figment:
    """Return layers with the keys above them that a class is given as arguments.

    Raises:
        TypeError: an argument's name is that of no key.
    """
    if not overrides:
        return Figment.typed(layers)
    from rocketpy.config.fields import writable

    for name in overrides:
        if name.startswith("_"):
            raise TypeError(f"`{name}` is no key: {settings.__qualname__} takes a figment")
    data = {name: writable(value) for name, value in overrides.items()}
    return Figment.typed(layers).merge(Serialized(data, GLOBAL, depth=3))


def _decode(value: Value) -> dict[str, Any]:
    """Read all keys, by their decoders in the table; those that no layer has are their defaults."""
    values: dict[str, Any] = {}
    errors: list[Error] = []
    for name, key in KEYS.items():
        given = value.data.get(name)
        try:
            values[name] = key.default_value() if given is None else key.decode(given)
        except Error as error:
            errors.append(error.within(name))
    if errors:
        raise Error.chain(errors)
    return values
