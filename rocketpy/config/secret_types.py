"""Which values are secrets by their types: pydantic's, wherever a model holds them."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SECRETS = (Secret, SecretBytes, SecretStr)


def holds(annotation: Any, path: Sequence[str]) -> bool:
    """Whether what stands at a path within a value of a type is a secret.

    Numbers of elements may be left out of the path, as they are where a list is shown.
    """
    kind = get_origin(annotation) or annotation
    if isinstance(kind, type):
        if issubclass(kind, _SECRETS):
            return True
        fields = _fields(kind)
        if fields is not None:
            return bool(path) and any(
                holds(field, path[1:]) for names, field in fields if path[0] in names
            )
        if hasattr(kind, "keys"):
            # A mapping: whatever its key is.
            return bool(path) and any(holds(part, path[1:]) for part in get_args(annotation)[1:])
        if path and path[0].isdecimal():
            path = path[1:]
    return any(holds(part, path) for part in _parts(annotation))


def names(annotation: Any, seen: set[type] | None = None) -> Iterator[str]:
    """Yield the names of all fields, at any depth, whose values are secrets or hold some."""
    seen = set() if seen is None else seen
    kind = get_origin(annotation) or annotation
    fields = _fields(kind) if isinstance(kind, type) else None
    if fields is None:
        for part in _parts(annotation):
            yield from names(part, seen)
    elif kind not in seen:
        seen.add(kind)
        for spelled, field in fields:
            if _encloses(field):
                yield from spelled
            yield from names(field, seen)


def _encloses(annotation: Any) -> bool:
    """Whether a type is a secret, or a container of secrets that names none of them itself."""
    kind = get_origin(annotation) or annotation
    if isinstance(kind, type) and issubclass(kind, _SECRETS):
        return True
    return any(_encloses(part) for part in _parts(annotation))


def _parts(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a type is made of: a list's, a union's, an alias's."""
    alias = getattr(annotation, "__value__", None)
    return get_args(annotation) if alias is None else (alias,)


def _fields(kind: type) -> list[tuple[set[str], Any]] | None:
    """Return the fields of a model as the names that they may have and their types."""
    if issubclass(kind, BaseModel):
        return [
            ({name, *_aliases(field.alias), *_aliases(field.validation_alias)}, field.annotation)
            for name, field in kind.model_fields.items()
        ]
    # A dictionary of known keys and a tuple of named fields show themselves by these alone.
    if is_dataclass(kind) or hasattr(kind, "__total__") or hasattr(kind, "_fields"):
        hints: Mapping[str, Any] = get_type_hints(kind, include_extras=True)
        return [({name}, hint) for name, hint in hints.items()]
    return None


def _aliases(alias: Any) -> Iterator[str]:
    """Yield the names that an alias gives: itself, or those among its choices or path."""
    if isinstance(alias, str):
        yield alias
    elif alias is not None:
        for part in getattr(alias, "choices", None) or alias.path[:1]:
            yield from _aliases(part)
