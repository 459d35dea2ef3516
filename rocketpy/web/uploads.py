"""Files in forms, each under its own limit (Rocket's guide, "Requests", "Temporary Files")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from falcon.media.multipart import MultipartForm, MultipartFormHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from falcon.media.multipart import BodyPart
    from falcon.typing import ReadableIO

    from rocketpy.common.body_limits import Bodies, Limit
    from rocketpy.config.rocket_config import ServiceConfig


class Uploads(MultipartFormHandler):
    """Reads forms as Falcon does; a file in one that is larger than its limit is answered with 413.

    Args:
        config: has the limits, `file` and `file/EXT`.
    """

    def __init__(self, config: ServiceConfig) -> None:
        super().__init__()
        self._config = config

    def deserialize(
        self, stream: ReadableIO, content_type: str | None, content_length: int | None
    ) -> MultipartForm:
        """Return the form, whose parts are read as the handler iterates over it."""
        from rocketpy.common.body_limits import Bodies

        form = super().deserialize(stream, content_type, content_length)
        return _LimitedForm(form, Bodies(self._config.limits))


class _LimitedForm(MultipartForm):
    """A form whose files have limits; all else is the form that it is made of."""

    def __init__(self, form: MultipartForm, bodies: Bodies) -> None:
        self._form = form
        self._bodies = bodies

    def __iter__(self) -> Iterator[BodyPart]:
        for part in self._form:
            if part.filename is not None:
                _bound(part, self._bodies.file_limit(part.content_type))
            yield part


def _bound(part: BodyPart, limit: Limit) -> None:
    import sys

    from falcon.util import BufferedReader

    reader: Any = BufferedReader
    part.stream = reader(_Bounded(part.stream.read, limit), sys.maxsize)


class _Bounded:
    """Reads from a stream until the limit is passed."""

    def __init__(self, read: Callable[[int], bytes], limit: Limit) -> None:
        self._read = read
        self._limit = limit
        self._left = limit.size

    def __call__(self, size: int) -> bytes:
        data = self._read(size)
        self._left -= len(data)
        if self._left < 0:
            from falcon import HTTPContentTooLarge

            raise HTTPContentTooLarge(description=_words(self._limit))
        return data


def _words(limit: Limit) -> str:
    from rocketpy.config.keys.limits import display_size

    return f"The limit `{limit.name}` of a file in a form is {display_size(limit.size)}."
