"""Defaults of users' own keys: instances, over which the sources' values are laid.

A default stays what it is in Python; where a source gives only some keys of a model, the others
are those of the default instance itself, not of a dump of it. As data it appears only where it is
shown, in `config show` and in dumps.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from rocketpy.config.keys.secret_key import SecretKey
from rocketpy.config.shape import Shape, hints_of, keys_of_field
from rocketpy.figment.metadata import Metadata, Source
from rocketpy.figment.value import Value, born

if TYPE_CHECKING:
    from collections.abc import Iterator


class FieldDefault(Metadata):
    """The source that a default has: the class, and the line of the field.

    The line is looked up when somebody asks.
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
        file: str = getattr(sys.modules.get(base.__module__), "__file__", None) or ""
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
                if (
                    isinstance(part, ast.AnnAssign)
                    and isinstance(part.target, ast.Name)
                    and part.target.id == field
                ):
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
