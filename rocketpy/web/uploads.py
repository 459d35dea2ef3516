"""Files in forms, each under its own limit (Rocket's guide, "Requests", "Temporary Files")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from falcon.media.multipart import MultipartForm, MultipartFormHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from falcon.media.multipart import BodyPart
    from falcon.typing import ReadableIO

    from rocketpy.common.body_limits import Bodies, Limit
    from rocketpy.config.config import Config


class Uploads(MultipartFormHandler):
    """Reads forms as Falcon does; a file in one that is beyond its limit is answered with 413.

    Args:
        config: has the limits, `file` and `file/EXT`.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config

    def deserialize(
        self, stream: ReadableIO, content_type: str | None, content_length: int | None
    ) -> MultipartForm:
        """Return the form, whose parts are read when they are asked for."""
        from rocketpy.common.body_limits import (
            Bodies,  # the server is imported only where it serves
        )

        form = self._deserialize_form(stream, content_type, content_length, form_cls=_Form)
        if isinstance(form, _Form):
            form.bodies = Bodies(self._config.limits)
        return form


class _Form(MultipartForm):
    bodies: Bodies

    def __iter__(self) -> Iterator[BodyPart]:
        for part in super().__iter__():
            if part.filename is not None:
                _bound(part, self.bodies.file_limit(part.content_type))
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
