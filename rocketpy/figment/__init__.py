"""Layered configuration, pure: providers, profiles, tagged values, errors as values.

After Figment, the Rust library under Rocket. Enters: files, variables and Python data, each by a
provider. Leaves: one tree of values, each with the source that it came from, or an `Error` with its
place. The room imports nothing but the standard library and knows nothing of Rocket, so that other
tools may be written on it:

    >>> from rocketpy.figment import Env, Figment, Serialized
    >>> figment = (
    ...     Figment.of(Serialized.defaults({"name": "Ann", "port": 8000}))
    ...     .merge(Env.prefixed("APP_").reading({b"APP_PORT": b"9000"}))
    ... )
    >>> figment.extract()
    {'name': 'Ann', 'port': 9000}
    >>> str(figment.find_metadata("port"))
    '`APP_` environment variable(s)'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.figment.coalesce import Order
from rocketpy.figment.error import Error
from rocketpy.figment.figment import Figment, Layer
from rocketpy.figment.kind import Actual, Kind
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.profile import DEFAULT, GLOBAL, Profile
from rocketpy.figment.provider import Provider
from rocketpy.figment.providers.env import Env
from rocketpy.figment.providers.serialized import Serialized
from rocketpy.figment.providers.toml import Toml
from rocketpy.figment.value import Char, Empty, Tag, Unsigned, Value

if TYPE_CHECKING:
    from rocketpy.figment.providers.json import Json
    from rocketpy.figment.providers.yaml import Yaml

__all__ = [
    "DEFAULT",
    "GLOBAL",
    "Actual",
    "Char",
    "Empty",
    "Env",
    "Error",
    "Figment",
    "Json",
    "Kind",
    "Layer",
    "Metadata",
    "Order",
    "Profile",
    "Provider",
    "Serialized",
    "Source",
    "Tag",
    "Toml",
    "Unsigned",
    "Value",
    "Yaml",
]

_LATE = {"Json": "rocketpy.figment.providers.json", "Yaml": "rocketpy.figment.providers.yaml"}
"""Formats that few use: imported when they are."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)


def __dir__() -> list[str]:
    return __all__
