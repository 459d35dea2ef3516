"""The figment that knows types: `extract` takes whatever pydantic takes, not only decoders."""

from __future__ import annotations

from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Any, Self, TypeVar, get_origin, overload

from rocketpy.figment import figment
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Figment(figment.Figment):
    """Layers of configuration and the profile that is selected; values are read by their types.

    It is `rocketpy.figment.Figment`, which imports nothing but the standard library, and whose
    `extract` takes decoders alone.

    >>> from rocketpy.figment import Serialized
    >>> layers = Figment.of(Serialized.defaults({"ports": ["80", 443], "db": {"url": "x"}}))
    >>> layers.extract_inner(list[int], "ports")
    [80, 443]
    >>> layers.extract_inner(dict[str, str], "db")
    {'url': 'x'}
    """

    @classmethod
    def typed(cls, layers: figment.Figment) -> Self:
        """Return the figment with the layers of one that knows no types."""
        if isinstance(layers, cls):
            return layers
        new = cls()
        new.__dict__.update(layers.__dict__)
        return new

    @overload
    def extract(self, decode: type[T], path: str = "") -> T: ...
    @overload
    def extract(self, decode: Callable[[Value], T], path: str = "") -> T: ...
    @overload
    def extract(self, decode: Any = ..., path: str = "") -> Any: ...
    def extract(self, decode: Any = Value.plain, path: str = "") -> Any:
        """Read the configuration, or what lies at a dotted path, as a type.

        Args:
            decode: anything that pydantic can validate (a model, a dataclass, `list[int]`), a
                class of settings, or a decoder: a function of a `Value`.
            path: the dotted path of a key; empty for the whole.

        Raises:
            Error: what there is cannot be read so; all of what is wrong is chained.
        """
        if not _is_type(decode):
            return super().extract(decode, path)
        if not path and hasattr(decode, "figment_with_defaults"):
            return decode(self)
        return self._extract(decode, path)

    def extract_inner(self, kind: type[T], path: str) -> T:
        """Read what lies at a dotted path as a type: `extract` with the path."""
        return self.extract(kind, path)

    def _extract(self, kind: Any, path: str) -> Any:
        from pydantic import TypeAdapter, ValidationError

        from rocketpy.config.fields import plain_data
        from rocketpy.config.mistakes.error_order import in_order
        from rocketpy.config.pydantic_errors import from_pydantic
        from rocketpy.config.secrets import Secrets
        from rocketpy.config.shape import Named, Shape

        shape = Shape(kind)
        data = plain_data(self.find(path), shape)
        try:
            return TypeAdapter(kind).validate_python(data)
        except ValidationError as invalid:
            parts = tuple(part for part in path.split(".") if part)
            error = in_order(from_pydantic(invalid, self, parts), self)
        for part in reversed(parts):
            shape = Shape(names={part: Named(shape)})
        raise Secrets(shape).within(self).hide(error)


def _is_type(kind: Any) -> bool:
    """Whether something is a type, as annotations spell types, and no decoder."""
    if isinstance(kind, type | GenericAlias | UnionType) or get_origin(kind) is not None:
        return True
    # `typing.Any`, aliases by `type` and by `NewType`.
    return kind is Any or hasattr(kind, "__supertype__") or hasattr(kind, "__value__")
