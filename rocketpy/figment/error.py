"""Errors as values: a kind, a path, a profile and a source, that chain and print themselves.

An error's text is Figment's, to the letter. What a person needs beyond it (the line, a caret, the
remedy) is another function's work: `rocketpy.figment.render`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.figment.kind import Kind, message
from rocketpy.figment.profile import DEFAULT
from rocketpy.figment.rust_text import debug_str

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rocketpy.figment.metadata import Metadata
    from rocketpy.figment.profile import Profile
    from rocketpy.figment.value import Tag


class Error(ValueError):
    """A configuration, or a part of it, cannot be used.

    Iterating over an error yields it and all that are chained behind it; its text has a line (or
    more) for each.

    Attributes:
        kind: what is wrong.
        path: the keys that lead to the place, outermost first; empty for a whole file.
        profile: the profile that the value was found in, where it has a place.
        metadata: the description of the source, where there is one.
        help: what to do about it, in a sentence; empty where nothing can be said.
        position: the line and column in the source, from 1, where the source's reader gave them.
        statement: the text that could not be read, up to the line of the position, where there is
            such. The error's own text quotes the last line of it.
        quote: what is shown of the line that the value stands on, where that is not the line as it
            is: a line may hold secrets.
    """

    def __init__(  # noqa: PLR0913  (what is wrong, where, and what to do)
        self,
        kind: Kind | str,
        path: tuple[str, ...] = (),
        *,
        tag: Tag | None = None,
        help: str = "",
        position: tuple[int, int] | None = None,
        statement: str = "",
    ) -> None:
        super().__init__()
        self.kind: Kind = message(kind) if isinstance(kind, str) else kind
        self.path = path
        self.tag = tag
        self.profile: Profile | None = None
        self.help = help
        self.position = position
        self.statement = statement
        self.quote: str | None = None
        self.next: Error | None = None

    @property
    def metadata(self) -> Metadata | None:
        """The description of the source that the value came from."""
        return self.tag.metadata if self.tag else None

    @property
    def key(self) -> str | None:
        """The key as its source spells it, or None where there is none."""
        if self.tag is None or self.profile is None or not self.path:
            return None
        return self.tag.metadata.key(self.profile, self.path)

    def within(self, key: str) -> Error:
        """Put a key in front of the path, and of those of the errors chained behind."""
        for error in self:
            error.path = (key, *error.path)
        return self

    def tagged(self, tag: Tag | None) -> Error:
        """Say where the value came from, for those of the chain that do not know yet."""
        for error in self:
            error.tag = error.tag or tag
        return self

    def resolved(self, selected: Profile) -> Error:
        """Settle the profile that each error of the chain is shown with.

        It is `default` or `global` for values of these, and otherwise the selected profile, as the
        user spelled it.
        """
        for error in self:
            own = error.tag.profile if error.tag else DEFAULT
            error.profile = own.shown_as(selected)
        return self

    def alone(self) -> Error:
        """Return a copy of this error without those behind it."""
        copy = Error.__new__(Error)
        copy.__dict__.update(self.__dict__)
        copy.next = None
        return copy

    def __iter__(self) -> Iterator[Error]:
        error: Error | None = self
        while error is not None:
            yield error
            error = error.next

    def display(self) -> str:
        """Return this error's own text, without those behind it."""
        text = str(self.kind)
        if self.key is not None:
            text += f" for key {debug_str(self.key)}"
        return f"{text} in {self.metadata}" if self.metadata else text

    def __str__(self) -> str:
        return "\n".join(error.display() for error in self)

    @staticmethod
    def chain(errors: Iterable[Error]) -> Error:
        r"""Link errors, each of which may be a chain, into one; the first is returned.

        >>> str(Error.chain([Error("one"), Error("two")]))
        'one\ntwo'
        """
        links = [link for error in errors for link in error]
        for link, following in zip(links, [*links[1:], None], strict=True):
            link.next = following
        return links[0]
