"""Errors as people read them: what is wrong, the line, a caret, the remedy.

invalid value signed int `70000`, expected u16 for key "default.port" in Rocket.toml TOML file
  --> Rocket.toml:2:8
   |
 2 | port = 70000
   |        ^^^^^
   = allowed: from 0 to 65535
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.figment.place import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.figment.error import Error


def lines(error: Error) -> Iterator[str]:
    """Yield the lines that describe one error, without those that are chained behind it."""
    message = error.display().rstrip("\n")
    found = place(error)
    if error.position is not None:
        # The text of a file's syntax error quotes the line itself.
        head, *quoted = message.split("\n")
        yield head
        if found:
            yield f"  --> {found.file}:{found.line}:{found.column}"
        yield from (f"    {line}" for line in quoted)
    else:
        yield message.replace("\n", "\n  ")
        if found:
            number = str(found.line)
            margin = " " * len(number)
            content = found.text if error.quote is None else error.quote
            yield f" {margin} --> {found.file}:{found.line}:{found.column}"
            yield f"  {margin} |"
            yield f"  {number} | {content}"
            if content == found.text:
                lead = "".join(c if c == "\t" else " " for c in content[: found.column - 1])
                yield f"  {margin} | {lead}{'^' * found.width}"
    if error.help:
        yield f"   = {error.help}"
