"""The figment: layers of configuration in an order, and what they come to.

    figment = Figment.of(defaults).merge(file).merge(variables).select("debug")
    figment.find("port")

A figment holds, for every profile, a tree of tagged values. What counts is three of them, one over
the other: `default`, the selected profile, `global`. Figments never change: every step returns a
new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rocketpy.figment.coalesce import Order, coalesce_dicts
from rocketpy.figment.error import Error
from rocketpy.figment.kind import missing_field
from rocketpy.figment.metadata import Metadata
from rocketpy.figment.profile import DEFAULT, GLOBAL, Profile
from rocketpy.figment.value import Tag, Value, born

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rocketpy.figment.provider import Provider


def _in_place_of(layer: Metadata, old: Value, new: Value) -> Value:
    """Return a value in which all that a layer gave is another's."""
    if not isinstance(old.data, dict):
        return new if _is_from(layer, old) else old
    news: dict[str, Value] = new.data if isinstance(new.data, dict) else {}
    table = dict(news)
    for key, value in old.data.items():
        kept = _in_place_of(layer, value, news[key]) if key in news else value
        if not _is_from(layer, kept):
            table[key] = kept
    return Value(table, new.tag) if table else new


def _is_from(layer: Metadata, value: Value) -> bool:
    return value.tag is not None and value.tag.metadata is layer


class Layer:
    """What one provider said: its description and its values, by profile."""

    __slots__ = ("metadata", "values")

    def __init__(self, metadata: Metadata, values: Mapping[Profile, dict[str, Value]]) -> None:
        self.metadata: Metadata = metadata
        self.values: Mapping[Profile, dict[str, Value]] = values


class Figment:
    """Layers of configuration and the profile that is selected.

    >>> from rocketpy.figment.providers.serialized import Serialized
    >>> figment = Figment.of(Serialized.defaults({"port": 8000}))
    >>> figment = figment.merge(Serialized.globals({"port": 9000}))
    >>> figment.find("port").plain()
    9000
    """

    def __init__(self) -> None:
        self._profile = DEFAULT
        self._values: dict[Profile, dict[str, Value]] = {}
        self._error: Error | None = None
        self._layers: tuple[Layer, ...] = ()
        self._merged: Value | None = None

    @classmethod
    def of(cls, provider: Provider) -> Self:
        """Return the figment of one provider."""
        return cls().merge(provider)

    # -- layers ---------------------------------------------------------------------------------

    def join(self, provider: Provider) -> Self:
        """Add values where there are none yet."""
        return self._provide(provider, Order.JOIN)

    def adjoin(self, provider: Provider) -> Self:
        """Add values where there are none yet, and behind the arrays that there are."""
        return self._provide(provider, Order.ADJOIN)

    def merge(self, provider: Provider) -> Self:
        """Add values, in place of those that there are."""
        return self._provide(provider, Order.MERGE)

    def admerge(self, provider: Provider) -> Self:
        """Add values in place of those that there are, and behind the arrays that there are."""
        return self._provide(provider, Order.ADMERGE)

    def replace(self, layer: Metadata, key: str, value: Value) -> Self:
        """Return the figment with another value for a key of the profile `default`.

        Args:
            layer: the layer whose value is replaced; what others give stays over it.
            key: the key.
            value: the other value.
        """
        new = self._copy()
        table = dict(new._values.get(DEFAULT, {}))
        table[key] = _in_place_of(layer, table.get(key, value), value)
        new._values[DEFAULT] = table
        return new

    def _provide(self, provider: Provider, order: Order) -> Self:
        """Take in a provider's values, tagging each at birth."""
        metadata = provider.metadata()
        new = self._copy()
        selected = provider.selected()
        if selected is not None and order.newer_wins:
            new._profile = selected
        try:
            values = {
                profile: born(dict(table), Tag(metadata, profile)).data
                for profile, table in provider.data().items()
            }
        except TypeError as unfit:
            return new._failed(Error(str(unfit)), metadata)
        except Error as error:
            return new._failed(error, metadata)
        for profile, table in values.items():
            new._values[profile] = coalesce_dicts(new._values.get(profile, {}), table, order)
        new._layers += (Layer(metadata, values),)
        return new

    def _failed(self, error: Error, metadata: Metadata) -> Self:
        error.tagged(Tag(metadata, DEFAULT))
        # The oldest comes first, as figment chains them.
        self._error = Error.chain([*(self._error or ()), error])
        self._layers += (Layer(metadata, {}),)
        return self

    def _copy(self) -> Self:
        new = type(self)()
        new._profile = self._profile
        new._values = dict(self._values)
        new._error = self._error
        new._layers = self._layers
        return new

    @property
    def failures(self) -> Error | None:
        """What is wrong with the layers that could not be used, chained; None if all could."""
        return self._error

    def without_failures(self) -> Self:
        """Return the figment of the layers that could be used."""
        new = self._copy()
        new._error = None
        return new

    # -- profiles -------------------------------------------------------------------------------

    def select(self, profile: str | Profile) -> Self:
        """Return the figment with this profile selected."""
        new = self._copy()
        new._profile = Profile(profile)
        return new

    @property
    def profile(self) -> Profile:
        """The selected profile."""
        return self._profile

    @property
    def profiles(self) -> list[Profile]:
        """Every profile that a layer has values for, sorted; empty if a layer failed."""
        return [] if self._error else sorted(self._values)

    def focus(self, key: str) -> Self:
        """Return the figment of what lies under a key, in every profile.

        Raises:
            Error: when it is used, if a layer of this one failed.
        """
        new = self._copy()
        new._values = {}
        for profile, table in self._values.items():
            value = Value(table).find(key)
            if value is not None and isinstance(value.data, dict):
                new._values[profile] = value.data
        return new

    # -- values ---------------------------------------------------------------------------------

    def merged(self) -> Value:
        """Return the configuration: `default`, the selected profile over it, `global` over both.

        Raises:
            Error: a layer could not be used.
        """
        if self._error is not None:
            raise self._error.resolved(self._profile)
        if self._merged is None:
            table = self._values.get(DEFAULT, {})
            over = (self._profile, GLOBAL) if self._profile.is_custom else (GLOBAL,)
            for profile in over:
                table = coalesce_dicts(table, self._values.get(profile, {}), Order.MERGE)
            self._merged = Value(table)
        return self._merged

    def find(self, path: str) -> Value:
        """Return the value at a dotted path; an empty one is the whole.

        Raises:
            Error: there is none, or a layer could not be used.
        """
        value = self.merged().find(path)
        if value is None:
            raise Error(missing_field(path)).resolved(self._profile)
        return value

    def __contains__(self, path: str) -> bool:
        try:
            return self.merged().find(path) is not None
        except Error:
            return False

    def find_metadata(self, path: str) -> Metadata | None:
        """Return the description of the source that the value at a path came from."""
        try:
            tag = self.find(path).tag
        except Error:
            return None
        return tag.metadata if tag else None

    def extract(self, decode: Callable[[Value], Any] = Value.plain, path: str = "") -> Any:
        """Read the configuration, or what lies at a dotted path, with a decoder.

        Args:
            decode: a function of a `Value`. `rocketpy.Figment` takes types too.
            path: the dotted path of a key; empty for the whole.

        Raises:
            Error: what there is cannot be read so; all of what is wrong is chained.
        """
        value = self.find(path)
        try:
            return decode(value)
        except Error as error:
            for part in reversed([part for part in path.split(".") if part]):
                error.within(part)
            raise error.resolved(self._profile) from None

    def layers(self) -> Iterator[Layer]:
        """Yield what each provider said, in the order in which they came."""
        yield from self._layers

    def spoken(self, path: str) -> Iterator[tuple[Layer, Profile, Value]]:
        """Yield every value that a layer gave for a path, in the order in which they came.

        Whether it counts is another question: its profile may not be selected.
        """
        for layer in self._layers:
            for profile, table in layer.values.items():
                value = Value(table).find(path)
                if value is not None:
                    yield layer, profile, value

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # it never changes

    # -- a provider itself ----------------------------------------------------------------------

    def metadata(self) -> Metadata:
        """Describe the figment, where it provides for another."""
        return Metadata("Default")

    def data(self) -> Mapping[Profile, Mapping[str, Any]]:
        """Return the values of all profiles; their tags stay theirs.

        Raises:
            Error: a layer could not be used.
        """
        if self._error is not None:
            raise self._error
        return self._values

    def selected(self) -> Profile:
        """Return the selected profile, which becomes that of a figment this is merged into."""
        return self._profile
