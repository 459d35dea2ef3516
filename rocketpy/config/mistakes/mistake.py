"""A mistake that is no error: something that is written and that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rocketpy.figment import place

if TYPE_CHECKING:
    from rocketpy.figment.value import Tag


class Mistake(NamedTuple):
    """What is written and not read; its texts may hold anything that a key or a name may.

    Attributes:
        text: what is wrong, in one line, with the key as its source spells it.
        where: the place of the key, `Rocket.toml:3:1`, or of the file; empty for a variable.
        help: what to write instead, or an empty text.
        strict: whether `check --strict` refuses it.
    """

    text: str
    where: str = ""
    help: str = ""
    strict: bool = True

    def shown(self) -> Mistake:
        """Return the same with texts that a terminal can show."""
        text, where, help = map(printable, (self.text, self.where, self.help))
        return Mistake(text, where, help, self.strict)

    def __str__(self) -> str:
        if self != self.shown():
            return str(self.shown())
        where = f" --> {self.where}" if self.where else ""
        return f"{self.text}{where}{f'; {self.help}' if self.help else ''}"


def printable(text: str) -> str:
    r"""Return a text that a terminal can show: other characters are escaped.

    >>> printable("po\x1b[31mrt\n")
    'po\\x1b[31mrt\\n'
    """
    if text.isprintable():
        return text
    escaped = (char.encode("unicode_escape", "surrogatepass").decode() for char in text)
    return "".join(
        char if char.isprintable() else other for char, other in zip(text, escaped, strict=True)
    )


def place_of(tag: Tag, path: tuple[str, ...]) -> str:
    """Return the place of a key in its file, or the file's name, or an empty text."""
    found = place.find_key(tag, path)
    if found is not None:
        return f"{found.file}:{found.line}:{found.column}"
    source = tag.metadata.source
    return source.display() if source is not None and source.kind == "file" else ""
