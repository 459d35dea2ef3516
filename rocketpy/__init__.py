"""Declarative configuration for small HTTP services, compatible with Rocket.toml.

    import falcon, rocketpy

    class Settings(rocketpy.Config):
        greeting: str = "Hello"

    app = rocketpy.App(Settings)

    if __name__ == "__main__":
        raise SystemExit(rocketpy.launch(app))

Names are imported when they are first used: the start of a service is mostly imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy._version import __version__

if TYPE_CHECKING:
    from rocketpy.config.config import Config
    from rocketpy.config.limits import Limits
    from rocketpy.config.log_level import LogLevel
    from rocketpy.config.path import RelativePath
    from rocketpy.config.secret_key import SecretKey
    from rocketpy.config.shutdown import Shutdown, Sig
    from rocketpy.config.tls import MutualTls, TlsConfig
    from rocketpy.figment.error import Error
    from rocketpy.figment.figment import Figment
    from rocketpy.server.client_certificate import ClientCertificate
    from rocketpy.server.launch import launch
    from rocketpy.web.app import App
    from rocketpy.web.client_ip import client_ip
    from rocketpy.web.cookies import SignedCookies

_PLACES = {
    "App": "rocketpy.web.app",
    "ClientCertificate": "rocketpy.server.client_certificate",
    "Config": "rocketpy.config.config",
    "Error": "rocketpy.figment.error",
    "Figment": "rocketpy.figment.figment",
    "Limits": "rocketpy.config.limits",
    "LogLevel": "rocketpy.config.log_level",
    "MutualTls": "rocketpy.config.tls",
    "RelativePath": "rocketpy.config.path",
    "SecretKey": "rocketpy.config.secret_key",
    "Shutdown": "rocketpy.config.shutdown",
    "Sig": "rocketpy.config.shutdown",
    "SignedCookies": "rocketpy.web.cookies",
    "TlsConfig": "rocketpy.config.tls",
    "client_ip": "rocketpy.web.client_ip",
    "launch": "rocketpy.server.launch",
}

__all__ = [
    "App",
    "ClientCertificate",
    "Config",
    "Error",
    "Figment",
    "Limits",
    "LogLevel",
    "MutualTls",
    "RelativePath",
    "SecretKey",
    "Shutdown",
    "Sig",
    "SignedCookies",
    "TlsConfig",
    "__version__",
    "client_ip",
    "launch",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
