"""Which of `limits` applies to a request's body.

Rocket lets the handler's type of data decide. Here the body is read before the handler runs, so
the request's Content-Type decides. Rocket's guide: "Requests", "Body Data" and "Forms".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rocketpy.config.keys.limits import DEFAULTS, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CACHED = 64
"""Content-Types whose limits are cached: most clients of a service send the same few."""

_EXTENSIONS = {
    "application/epub+zip": ("epub",),
    "application/gzip": ("gz",),
    "application/javascript": ("js", "mjs"),
    "application/pdf": ("pdf",),
    "application/vnd.comicbook+zip": ("cbz",),
    "application/vnd.rar": ("rar",),
    "application/wasm": ("wasm",),
    "application/x-tar": ("tar",),
    "application/xhtml+xml": ("xhtml",),
    "application/zip": ("zip",),
    "audio/aac": ("aac",),
    "audio/flac": ("flac",),
    "audio/mpeg": ("mp3",),
    "audio/wav": ("wav",),
    "audio/webm": ("weba",),
    "font/otf": ("otf",),
    "font/ttf": ("ttf",),
    "font/woff": ("woff",),
    "font/woff2": ("woff2",),
    "image/avif": ("avif",),
    "image/bmp": ("bmp",),
    "image/gif": ("gif",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/svg+xml": ("svg",),
    "image/tiff": ("tiff", "tif"),
    "image/webp": ("webp",),
    "image/x-icon": ("ico",),
    "text/calendar": ("ics",),
    "text/css": ("css",),
    "text/csv": ("csv",),
    "text/html": ("html", "htm"),
    "text/javascript": ("js", "mjs"),
    "text/markdown": ("md", "markdown"),
    "text/plain": ("txt",),
    "text/xml": ("xml",),
    "video/mp4": ("mp4", "mpeg4"),
    "video/mpeg": ("mpeg", "mpg"),
    "video/ogg": ("ogg", "ogv"),
    "video/quicktime": ("mov",),
    "video/webm": ("webm",),
}
"""For each media type, the extensions by which `file/EXT` names it: those that Rocket knows."""

_BY_TYPE = {
    "application/json": "json",
    "application/msgpack": "msgpack",
    "application/vnd.msgpack": "msgpack",
    "application/x-msgpack": "msgpack",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "data-form",
}


class Limit(NamedTuple):
    """A limit: its name in `limits`, and the bytes that a body may have."""

    name: str
    size: int


class Bodies:
    """The limits of requests' bodies, as the configuration sets them.

    Several threads may call it; a race costs no more than one lookup that was cached in vain.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = Limits(dict(DEFAULTS) | dict(limits))
        self._cache: dict[str, Limit] = {}

    def limit(self, content_type: str) -> Limit:
        """Return the limit of a body, by its Content-Type."""
        found = self._cache.get(content_type)
        if found is None:
            found = self._find(content_type.partition(";")[0].strip(" \t").lower())
            if len(self._cache) < MOST_CACHED:
                self._cache[content_type] = found
        return found

    def file_limit(self, content_type: str) -> Limit:
        """Return the limit of a file in a form, by its Content-Type."""
        media_type = content_type.partition(";")[0].strip(" \t").lower()
        return self._own(media_type) or self._named("file")

    def _own(self, media_type: str) -> Limit | None:
        """Return the `file/EXT` that names the media type itself, if there is one."""
        names = {name.lower() for name in self._limits}
        for extension in _EXTENSIONS.get(media_type, ()):
            if f"file/{extension}" in names:
                return self._named(f"file/{extension}")
        return None

    def _find(self, media_type: str) -> Limit:
        if own := self._own(media_type):
            return own
        if name := _BY_TYPE.get(media_type):
            return self._named(name)
        if media_type.endswith("+json"):
            return self._named("json")
        if media_type.startswith("text/"):
            return self._named("string")
        return self._named("file" if media_type in _EXTENSIONS else "bytes")

    def _named(self, name: str) -> Limit:
        size = self._limits.find(name)
        return Limit(name, 0 if size is None else size)
