"""The shape of a configuration: which keys may stand where, and which hold secrets by their type.

One tree answers for Rocket's keys and for users' own, at any depth: what is a secret, what may be
misspelt, how a variable spells a key. It is made of the table of keys and of the annotations of a
class; models are recognised by their attributes, so that nothing here imports pydantic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from rocketpy.config.keys.table import KEYS
from rocketpy.figment.decode import Option, Struct
from rocketpy.figment.profile import lower

if TYPE_CHECKING:
    from collections.abc import Callable


class Named(NamedTuple):
    """A key that may stand in a table.

    Attributes:
        shape: what may stand under it.
        read: whether the key is read. A field that has an alias is not read by its own name, but
            what stands there may be a secret all the same.
    """

    shape: Shape
    read: bool = True


class Shape:
    """What may stand at one place of a configuration.

    Args:
        kinds: types, as annotations spell them, or decoders; a value has one of them.
        names: the keys of a table that has no type of its own.

    >>> Shape(dict[str, int]).at("any") is not None, Shape(int).at("any") is None
    (True, True)
    """

    def __init__(self, *kinds: Any, names: Mapping[str, Named] | None = None) -> None:
        self._given = kinds
        self._own = names or {}

    @cached_property
    def kinds(self) -> tuple[Any, ...]:
        """The types, without what encloses them: unions, aliases, sequences."""
        return tuple(kind for given in self._given for kind in _unwrapped(given))

    @cached_property
    def is_secret(self) -> bool:
        """Whether a value is a secret, or a sequence of secrets, by its type."""
        return any(hasattr(get_origin(kind) or kind, "get_secret_value") for kind in self.kinds)

    @cached_property
    def names(self) -> dict[str, Named]:
        """The keys that may stand here."""
        found = dict(self._own)
        for kind in self.kinds:
            for name, named in _names_of(kind):
                if name in found:
                    shape = Shape(*found[name].shape.kinds, *named.shape.kinds)
                    found[name] = Named(shape, found[name].read or named.read)
                else:
                    found[name] = named
        return found

    @cached_property
    def others(self) -> Shape | None:
        """What may stand under a key that is none of the names; None where there is none."""
        kinds = [kind for given in self.kinds for kind in _values_of(given)]
        return Shape(*kinds) if kinds else None

    @property
    def is_known(self) -> bool:
        """Whether the names are all the keys that are read here."""
        return bool(self.names) and self.others is None

    def at(self, part: str) -> Shape | None:
        """Return what may stand under a key, or None where nothing is read."""
        named = self.names.get(part)
        return self.others if named is None else named.shape

    def along(self, path: Sequence[str]) -> Iterator[Shape]:
        """Yield the shapes that a path of keys leads through, this one first.

        Numbers of elements may be left out of the path.
        """
        shape: Shape | None = self
        yield self
        for part in path:
            below = None if shape is None else shape.at(part)
            if below is None and part.isdecimal():
                continue
            shape = below
            if shape is None:
                return
            yield shape

    def holds_secret(self, path: Sequence[str]) -> bool:
        """Whether what stands at a path is a secret by its type, or a part of one."""
        return any(shape.is_secret for shape in self.along(path))

    def everything(self) -> Iterator[tuple[tuple[str, ...], Shape]]:
        """Yield every key's path and shape, at any depth; a model that holds itself, once.

        `*` stands for any key that has no name.
        """
        seen: set[tuple[int, ...]] = set()
        waiting: list[tuple[tuple[str, ...], Shape]] = [((), self)]
        while waiting:
            path, shape = waiting.pop()
            below = [((*path, name), named.shape) for name, named in shape.names.items()]
            if shape.others is not None:
                below.append(((*path, "*"), shape.others))
            for deeper, inner in below:
                yield deeper, inner
                kinds = tuple(map(id, inner.kinds))
                if kinds not in seen:
                    seen.add(kinds)
                    waiting.append((deeper, inner))

    def all_kinds(self) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield every type that may stand in this shape, with its path."""
        for path, shape in self.everything():
            for kind in shape.kinds:
                yield path, kind

    def secret_names(self) -> set[str]:
        """Return the names of all keys, at any depth, whose values are secrets or hold some."""
        return {
            path[-1]
            for path, shape in self.everything()
            if path[-1] != "*" and (shape.is_secret or _encloses_secrets(shape))
        }

    def spelled(self, path: Sequence[str]) -> tuple[str, ...]:
        """Return a path as the names here spell it, where it differs from them in case alone."""
        out: list[str] = []
        shape: Shape | None = self
        for part in path:
            names = shape.names if shape is not None else {}
            found = part
            if part not in names or not names[part].read:
                read = (name for name, named in names.items() if named.read)
                found = next((name for name in read if lower(name) == lower(part)), part)
            out.append(found)
            shape = shape.at(found) if shape is not None else None
        return tuple(out)


def _encloses_secrets(shape: Shape) -> bool:
    return shape.others is not None and (shape.others.is_secret or _encloses_secrets(shape.others))


def _unwrapped(kind: Any) -> Iterator[Any]:
    """Yield the types that a type is one of, or a sequence of."""
    origin = get_origin(kind)
    for alias in (kind, origin):
        inner = getattr(alias, "__value__", None) or getattr(alias, "__supertype__", None)
        if inner is not None:
            yield from _unwrapped(inner)
            return
    if isinstance(kind, Option):
        yield from _unwrapped(kind.inner)
    elif origin is Annotated:
        inner, *about = get_args(kind)
        if any(map(_is_json, about)):
            yield JsonText
        else:
            yield from _unwrapped(inner)
    elif _is_json(kind):
        yield JsonText
    elif origin in {Union, UnionType} or _is_sequence(origin):
        for part in get_args(kind):
            yield from _unwrapped(part)
    elif origin is not Literal:
        yield kind


class JsonText:
    """The kind of a value that is a text in JSON, as pydantic's `Json` takes it."""


def _is_json(part: Any) -> bool:
    kind = part if isinstance(part, type) else type(part)
    return kind.__name__ == "Json" and kind.__module__.startswith("pydantic")


def _is_sequence(origin: Any) -> bool:
    return (
        isinstance(origin, type)
        and issubclass(origin, Iterable)
        and not issubclass(origin, Mapping)
    )


def _values_of(kind: Any) -> tuple[Any, ...]:
    """Return the types of the values of a mapping, or of what else a model allows."""
    origin = get_origin(kind) or kind
    if isinstance(origin, type) and issubclass(origin, Mapping) and not _is_typed_dict(origin):
        return get_args(kind)[1:] or (Any,)
    config = getattr(origin, "model_config", None)
    return (Any,) if isinstance(config, dict) and config.get("extra") == "allow" else ()


def _is_typed_dict(kind: type) -> bool:
    return hasattr(kind, "__total__")


def _names_of(kind: Any) -> Iterator[tuple[str, Named]]:
    """Yield the keys that a table of a type has."""
    if isinstance(kind, Struct):
        for name, field in kind.fields.items():
            yield name, Named(Shape(field.decode))
        return
    kind = get_origin(kind) or kind
    if not isinstance(kind, type):
        return
    fields = getattr(kind, "model_fields", None) or getattr(kind, "__pydantic_fields__", None)
    if isinstance(fields, dict):
        yield from names_of_fields(kind, fields)
    elif hasattr(kind, "__dataclass_fields__") or _is_typed_dict(kind) or hasattr(kind, "_fields"):
        # A dictionary of known keys and a tuple of named fields show themselves by these alone.
        hints = hints_of(kind)
        config = getattr(kind, "__pydantic_config__", {})
        for name, hint in hints.items():
            yield from _of_field(config, name, _field_in(hint), Shape(_required(hint)))


def hints_of(kind: type) -> dict[str, Any]:
    """Return the annotations of a class; one that only a type checker can resolve is `Any`."""
    try:
        return get_type_hints(kind, include_extras=True)
    except (NameError, TypeError):
        import inspect

        hints: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            for name, hint in inspect.get_annotations(base).items():
                alone = {"__annotations__": {name: hint}, "__module__": base.__module__}
                try:
                    hints |= get_type_hints(type(base.__name__, (), alone), include_extras=True)
                except (NameError, TypeError):
                    hints[name] = Any
        return hints


def _field_in(hint: Any) -> Any:
    """Return the description of a field that stands in its annotation, or None."""
    return next((part for part in get_args(hint)[1:] if hasattr(part, "validation_alias")), None)


def _required(hint: Any) -> Any:
    """Return the type in `Required[…]`, `NotRequired[…]` or `ReadOnly[…]`."""
    origin = get_origin(hint)
    return get_args(hint)[0] if getattr(origin, "_name", "").endswith(("quired", "Only")) else hint


def names_of_fields(
    model: type, fields: Mapping[str, Any], shape_of: Callable[[str, Any], Shape] | None = None
) -> Iterator[tuple[str, Named]]:
    """Yield the keys of a model's fields, by name and by alias.

    Args:
        model: the model; its `model_config` says whether a field with an alias has its name too.
        fields: pydantic's description of each field.
        shape_of: returns the shape of a field, instead of that of its annotation.
    """
    config = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", {})
    for name, field in fields.items():
        if shape_of is not None:
            shape = shape_of(name, field)
        else:
            shape = Shape(Annotated[(field.annotation, *field.metadata, None)])
        yield from _of_field(config, name, field, shape)


def _of_field(
    config: Mapping[str, Any], name: str, field: Any, shape: Shape
) -> Iterator[tuple[str, Named]]:
    keys, heads = keys_of_field(config, name, field)
    for key in keys:
        yield key, Named(shape)
    for key in heads:
        yield key, Named(Shape(*shape.kinds, dict[str, Any]))
    for key in {name, *aliases(getattr(field, "alias", None))} - {*keys, *heads}:
        yield key, Named(shape, read=False)


def keys_of_field(config: Mapping[str, Any], name: str, field: Any) -> tuple[list[str], list[str]]:
    """Return the keys under which pydantic takes a field's value, and those that it looks into.

    Args:
        config: the options of the model.
        name: the field's name.
        field: pydantic's description of it; None where there is none.
    """
    alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
    keys = []
    heads = []
    by_alias = config.get("validate_by_alias") is not False
    if by_alias:
        keys = [key for key in aliases(alias) if not _is_head(alias, key)]
        heads = [key for key in aliases(alias) if _is_head(alias, key)]
    if (
        alias is None
        or not by_alias
        or config.get("populate_by_name")
        or config.get("validate_by_name")
    ):
        keys.append(name)
    return list(dict.fromkeys(keys)), heads


def _is_head(alias: Any, key: str) -> bool:
    return alias != key and key not in (getattr(alias, "choices", None) or ())


def aliases(alias: Any) -> Iterator[str]:
    """Yield the keys that an alias may stand under: itself, each of its choices, a path's first."""
    if isinstance(alias, str):
        yield alias
    elif alias is not None:
        for part in getattr(alias, "choices", None) or alias.path[:1]:
            yield from aliases(part)


ROCKET = Shape(names={name: Named(Shape(key.decode)) for name, key in KEYS.items()})
"""The shape of a configuration without keys of a user's own."""
