"""The values of a class's fields: what the sources give, laid over the defaults.

A default stays what it is in Python; where a source gives only some keys of a model, the others
are those of the default instance itself, not of a dump of it. As data it appears only where it is
shown, in `config show` and in dumps.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, get_args

from rocketpy.config.keys.path import RelativePath, resolve
from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.config.settings_shape import is_ours, shape_of
from rocketpy.config.shape import JsonText, Shape, hints_of, keys_of_field
from rocketpy.figment.coalesce import Order, coalesce
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.profile import DEFAULT, GLOBAL
from rocketpy.figment.value import Value, Word, born

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.figment import Figment


class FieldDefault(Metadata):
    """The source that a default has: the class, and the line of the field.

    The line is looked up when it is read.
    """

    __slots__ = ("_class", "_field")

    def __init__(self, settings: type, field: str) -> None:
        super().__init__(settings.__qualname__)
        self._class = settings
        self._field = field

    @property
    def source(self) -> Source | None:
        """The file and line of the field, where the class has a file."""
        return field_line(self._class, self._field)


@lru_cache(maxsize=64)
def field_line(settings: type, field: str) -> Source | None:
    """Return the file and line where a field of a class, or of one that it derives from, stands."""
    for base in settings.__mro__:
        if field not in getattr(base, "__annotations__", {}):
            continue
        # A module whose import failed is gone: the class knows its file.
        module = sys.modules.get(base.__module__)
        file: str = getattr(module, "__file__", None) or base.__dict__.get("_file", "")
        try:
            with open(file, encoding="utf-8") as stream:
                tree = ast.parse(stream.read())
        except (OSError, ValueError, SyntaxError):  # in an executable there is no such file
            return None
        line = _line(tree, base.__qualname__.rpartition(".")[2], field)
        shown = os.path.relpath(file)
        return (
            Source("code", f"{file if shown.startswith('..') else shown}:{line}") if line else None
        )
    return None


def _line(tree: ast.AST, name: str, field: str) -> int:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == field:
                    return part.lineno
    return 0


def laid_over(default: Any, given: Any, shape: Shape) -> Any:
    """Return what a source gives, completed by a default where both are tables.

    Args:
        default: the default, an instance.
        given: plain data.
        shape: what may stand there.

    Returns:
        Data for pydantic: the given keys, and under all others what the default has there. A
        default that is of another member of a union than what is given completes nothing.
    """
    if not isinstance(given, dict):
        return given
    if isinstance(default, dict):
        return default | {
            key: laid_over(default[key], value, shape.at(key) or Shape())
            if key in default
            else value
            for key, value in given.items()
        }
    fields = dict(_fields(default))
    if not fields or _is_another(default, fields, given, shape):
        return given
    out = dict(given)
    for spelled, value in fields.values():
        there = [key for key in spelled if key in given]
        if there:
            key = there[0]
            out[key] = laid_over(value, given[key], shape.at(key) or Shape())
        elif spelled:
            out[spelled[0]] = value
    for name, value in (getattr(default, "__pydantic_extra__", None) or {}).items():
        out.setdefault(name, value)
    return out


def _fields(instance: Any) -> Iterator[tuple[str, tuple[list[str], Any]]]:
    """Yield the fields of an instance of a model: the name, the keys that are read, the value."""
    model = type(instance)
    config = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", {})
    fields = getattr(model, "__pydantic_fields__", None)
    if fields is None:
        hints = hints_of(model) if hasattr(model, "__dataclass_fields__") else {}
        for name, field in getattr(model, "__dataclass_fields__", {}).items():
            if field.init:
                about = next(
                    (part for part in get_args(hints.get(name))[1:] if hasattr(part, "alias")), None
                )
                yield name, (keys_of_field(config, name, about)[0], getattr(instance, name))
        return
    for name, field in fields.items():
        yield name, (keys_of_field(config, name, field)[0], getattr(instance, name))


def _is_another(
    default: Any, fields: dict[str, tuple[list[str], Any]], given: dict[str, Any], shape: Shape
) -> bool:
    """Whether the data are of another member of a union than the default is."""
    members = [kind for kind in shape.kinds if isinstance(kind, type) and Shape(kind).names]
    if len(members) < 2:  # noqa: PLR2004  (a union has two)
        return False
    own = Shape(type(default))
    hints = hints_of(type(default))
    for name, (spelled, value) in fields.items():
        for key in spelled:
            plain = value.value if isinstance(value, Enum) else value
            if key in given and given[key] != plain and "Literal" in str(hints.get(name)):
                return True
    return any(own.at(key) is None for key in given)


def as_data(default: Any) -> Any:
    """Return a default as a file would write it; of what no file can write, what stands for it.

    >>> as_data({"on": True, "names": frozenset({"b", "a"})})
    {'on': True, 'names': ['a', 'b']}
    """
    if hasattr(default, "get_secret_value"):
        return as_data(default.get_secret_value())
    if isinstance(default, SecretKey):
        return list(default.master)
    if isinstance(default, Enum):
        return as_data(default.value)
    if isinstance(default, Mapping):
        return {str(key): as_data(value) for key, value in default.items()}
    if hasattr(default, "__fspath__"):
        return default.__fspath__()
    if hasattr(default, "_asdict"):
        return as_data(default._asdict())
    if isinstance(default, AbstractSet):
        return sorted((as_data(part) for part in default), key=repr)
    if isinstance(default, list | tuple):
        return [as_data(part) for part in default]
    if isinstance(default, IPv4Address | IPv6Address):
        return str(default)
    fields = dict(_fields(default))
    if fields:
        return {(keys or [name])[0]: as_data(value) for name, (keys, value) in fields.items()}
    try:
        born(default, None)
    except TypeError:
        return _in_json(default)
    return default


def _in_json(value: Any) -> Any:
    """Return what pydantic writes for a value in JSON; the name of its type where that is none."""
    from pydantic_core import to_jsonable_python

    plain = to_jsonable_python(value, fallback=lambda other: f"<{type(other).__name__}>")
    return plain if not isinstance(plain, Value) else plain.plain()


def given(settings: type[Any], figment: Figment, overrides: dict[str, Any]) -> dict[str, Any]:
    """Return what the sources give for the fields of a class.

    Keys of the table come as values with their tags, for their decoders; others as plain data. A
    value of None is one that was given: not every field takes it.

    Args:
        settings: the class.
        figment: the layers.
        overrides: arguments; for the user's own keys they count as they are, of whatever type.

    Raises:
        Error: a layer could not be used.
    """
    merged = figment.merged().data
    found: dict[str, Any] = {}
    for name, field in settings.model_fields.items():
        keys, heads = keys_of_field(settings.model_config, name, field)
        if is_ours(settings, name):
            if name in merged:
                found[(keys or [name])[0]] = merged[name]
            continue
        found |= {key: merged[key].plain() for key in heads if key in merged}
        there = [key for key in keys if key in merged]
        if len(there) > 1:
            # Of one source, what is spelled as comes first counts most: it is merged last.
            there.reverse()
            there.sort(key=partial(_rank, figment, merged))
        if there:
            value = merged[there[0]]
            for key in there[1:]:
                value = coalesce(value, merged[key], Order.MERGE)
            key = there[-1]
            if key in overrides and not isinstance(overrides[key], dict):
                found[key] = overrides[key]
                continue
            shape = Shape(Annotated[(field.annotation, *field.metadata, None)])
            given = plain_data(value, shape)
            if isinstance(given, dict) and not field.is_required():
                given = laid_over(default_of(field), given, shape)
            found[key] = given
    if settings.model_config.get("extra") in {"allow", "forbid"}:
        known = {*found, *settings.model_fields, *shape_of(settings).names}
        found |= {key: value.plain() for key, value in merged.items() if key not in known}
    return found


def _rank(figment: Figment, merged: dict[str, Value], key: str) -> tuple[int, int]:
    """Return how much the source of a value counts, of a key that is spelled in several ways."""
    tag = merged[key].tag
    if tag is None:
        return (-1, -1)
    profiles = (DEFAULT, figment.profile, GLOBAL)
    layers = [layer.metadata for layer in figment.layers()]
    layer = layers.index(tag.metadata) if tag.metadata in layers else -1
    return profiles.index(tag.profile), layer


def plain_data(value: Value, shape: Shape) -> Any:
    """Return plain data; a path knows the file that it is relative to.

    The word `none` in a variable, without quotes, is None for what may be None.
    """
    data = value.data
    if isinstance(data, Word) and NoneType in shape.kinds:
        return None
    if JsonText in shape.kinds:
        plain = value.plain()
        return plain if isinstance(plain, str) else json.dumps(plain, default=str)
    if isinstance(data, dict):
        plain = value.plain()
        if not isinstance(plain, dict):
            return plain
        return {key: plain_data(part, shape.at(key) or Shape()) for key, part in data.items()}
    if isinstance(data, list):
        return [plain_data(part, shape) for part in data]
    if isinstance(data, str) and RelativePath in shape.kinds:
        return resolve(str(data), value)
    return value.plain()


def default_of(field: Any) -> Any:
    """Return a field's default; None where it is made of the other fields' values."""
    if field.default_factory is not None and field.default_factory_takes_validated_data:
        return None
    return field.get_default(call_default_factory=True)


def writable(value: Any) -> Any:
    """Return an argument as layers hold it."""
    try:
        born(value, None)
    except TypeError:
        return as_data(value)
    return value


def spellings(settings: type[Any], name: str) -> list[str]:
    """Return the keys under which pydantic takes a field, the usual one first."""
    keys, _ = keys_of_field(settings.model_config, name, settings.model_fields[name])
    return keys or [name]
