"""The answers that the server itself gives to requests it does not read to their end.

They are exceptions in waitress's form: its parser keeps one in `error`, and its error task calls
`to_response` for the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waitress.utilities import Error  # type: ignore[import-untyped]

from rocketpy.config.keys.limits import display_size

if TYPE_CHECKING:
    from rocketpy.common.body_limits import Limit


class RefusalError(Error):  # type: ignore[misc]  # waitress has no types
    """An answer to a request that is not read to its end."""

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        status = f"{self.code} {self.reason}"
        text = f"{status}\n\n{self.body}\n"
        return status, [("Content-Type", "text/plain; charset=utf-8")], text.encode()


class ContentTooLargeError(RefusalError):
    """The body is larger than its limit."""

    code = 413
    reason = "Content Too Large"

    def __init__(self, limit: Limit) -> None:
        size = display_size(limit.size)
        super().__init__(f"The limit `{limit.name}` of a request's body is {size}.")


class NoRoomError(RefusalError):
    """The body cannot be written to the folder of `temp_dir`, which is full."""

    code = 507
    reason = "Insufficient Storage"

    def __init__(self) -> None:
        super().__init__("There is no room for the request's body now. Try again later.")
