"""What a class of the configuration reads: which keys, at any depth, and which of them are secrets.

A class with keys of its own is recognised by its fields, so that nothing here imports pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any

from rocketpy.config.keys.table import KEYS
from rocketpy.config.secrets import Secrets
from rocketpy.config.shape import ROCKET, Shape, names_of_fields


def shape_of(settings: type[Any]) -> Shape:
    """Return the keys that a class reads, at any depth, and which of them are secrets."""
    fields = getattr(settings, "model_fields", None)
    if fields is None:
        return ROCKET

    def shape(name: str, field: Any) -> Shape:
        if is_ours(settings, name):
            return ROCKET.names[name].shape
        return Shape(Annotated[(field.annotation, *field.metadata, None)])

    return Shape(names=dict(names_of_fields(settings, fields, shape)))


def secrets_of(settings: type[Any] | None) -> Secrets:
    """Return what a class's types say of secrets; None is a class that is not known."""
    return Secrets(types_known=False) if settings is None else Secrets(shape_of(settings))


def is_ours(settings: type[Any], name: str) -> bool:
    """Whether a field is that of a key in the table.

    A subclass may mean something else by the name of one of rocketpy's own keys.
    """
    if name not in KEYS:
        return False
    if KEYS[name].rocket:
        return True
    return bool(settings.model_fields[name].annotation == original_type(settings, name))


def original_type(settings: type[Any], name: str) -> Any:
    """Return the type that `Config` gives to the field of a key."""
    for base in reversed(settings.__mro__):
        field = base.__dict__.get("__pydantic_fields__", {}).get(name)
        if field is not None:
            return field.annotation
    raise KeyError(name)
