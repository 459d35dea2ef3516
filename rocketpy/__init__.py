"""Declarative configuration for small HTTP services, compatible with Rocket.toml.

    import falcon, rocketpy

    class Settings(rocketpy.Config):
        greeting: str = "Hello"

    app = rocketpy.App(Settings)

    if __name__ == "__main__":
        raise SystemExit(rocketpy.launch(app))

A name is imported when it is first used, because imports take most of the time of a start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy._version import __version__

if TYPE_CHECKING:
    from rocketpy.common.client_certificate import ClientCertificate
    from rocketpy.config.keys.extra_keys import Health, Listen
    from rocketpy.config.keys.limits import Limits
    from rocketpy.config.keys.log_level import LogLevel
    from rocketpy.config.keys.path import RelativePath
    from rocketpy.config.keys.secret_key import SecretKey
    from rocketpy.config.keys.shutdown import Shutdown, Sig
    from rocketpy.config.keys.tls import MutualTls, TlsConfig
    from rocketpy.config.own_keys.config import Config
    from rocketpy.config.rocket_config import RocketConfig, ServiceConfig, figment_of_service
    from rocketpy.config.typed_figment import Figment
    from rocketpy.figment.error import Error
    from rocketpy.server.launch import launch
    from rocketpy.web.app import App
    from rocketpy.web.client_ip import client_ip
    from rocketpy.web.cookies import SignedCookies

_MODULES = {
    "App": "rocketpy.web.app",
    "ClientCertificate": "rocketpy.common.client_certificate",
    "Config": "rocketpy.config.own_keys.config",
    "Error": "rocketpy.figment.error",
    "Figment": "rocketpy.config.typed_figment",
    "Health": "rocketpy.config.keys.extra_keys",
    "Limits": "rocketpy.config.keys.limits",
    "Listen": "rocketpy.config.keys.extra_keys",
    "LogLevel": "rocketpy.config.keys.log_level",
    "MutualTls": "rocketpy.config.keys.tls",
    "RelativePath": "rocketpy.config.keys.path",
    "RocketConfig": "rocketpy.config.rocket_config",
    "SecretKey": "rocketpy.config.keys.secret_key",
    "ServiceConfig": "rocketpy.config.rocket_config",
    "Shutdown": "rocketpy.config.keys.shutdown",
    "Sig": "rocketpy.config.keys.shutdown",
    "SignedCookies": "rocketpy.web.cookies",
    "TlsConfig": "rocketpy.config.keys.tls",
    "client_ip": "rocketpy.web.client_ip",
    "figment_of_service": "rocketpy.config.rocket_config",
    "launch": "rocketpy.server.launch",
}

__all__ = [
    "App",
    "ClientCertificate",
    "Config",
    "Error",
    "Figment",
    "Health",
    "Limits",
    "Listen",
    "LogLevel",
    "MutualTls",
    "RelativePath",
    "RocketConfig",
    "SecretKey",
    "ServiceConfig",
    "Shutdown",
    "Sig",
    "SignedCookies",
    "TlsConfig",
    "__version__",
    "client_ip",
    "figment_of_service",
    "launch",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
