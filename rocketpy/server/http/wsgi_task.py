"""waitress's tasks, which run the application once and write its answer, told when to close."""

from __future__ import annotations

import functools
import operator
from typing import Any

from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]
from waitress.utilities import build_http_date  # type: ignore[import-untyped]

SOFTWARE = "rocketpy"
"""What the application reads as SERVER_SOFTWARE when `ident` is off; WSGI demands a string."""

_OWN = {"Date", "Server"}
"""What the server says itself, unless the application does."""

_NAME = operator.itemgetter(0)

_date = functools.lru_cache(maxsize=4)(build_http_date)


@functools.lru_cache(maxsize=512)
def _canonical(name: str) -> str:
    return "-".join([part.capitalize() for part in name.split("-")])


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers one request through the application."""

    wrote_header: bool
    response_headers: list[tuple[str, str]]

    def build_response_header(self) -> bytes:
        """Write the status line and the headers, saying so if the connection ends here."""
        plain = self._plain_head()
        if plain is not None:
            return plain
        if self.channel.server.last_answers:
            # As if the client had asked: waitress then closes in all versions of HTTP.
            self.request.headers["CONNECTION"] = "close"
        head: bytes = super().build_response_header()
        return head

    def _plain_head(self) -> bytes | None:
        """Write the head as nearly all answers have it; return None for others.

        These are for HTTP/1.1 on a connection that is kept, have a body and know its length.
        """
        if self.channel.server.last_answers:
            return None
        ends = self.request.headers.get("CONNECTION", "").lower() == "close"
        if ends or self.version != "1.1" or not self.has_body:
            return None
        fields = [(_canonical(name), value) for name, value in self.response_headers]
        names = {name for name, _ in fields}
        if not names.isdisjoint(_OWN):
            return None
        if "Content-Length" not in names:
            if self.content_length is None:
                return None
            fields.append(("Content-Length", str(self.content_length)))
        ident = self.channel.adj.ident
        if ident:
            fields.append(("Server", ident))
        fields.append(("Date", _date(int(self.start_time))))
        fields.sort(key=_NAME)
        self.response_headers = fields
        lines = "".join([f"{name}: {value}\r\n" for name, value in fields])
        return f"HTTP/1.1 {self.status}\r\n{lines}\r\n".encode("latin-1")

    def write(self, data: bytes) -> None:
        """Write a part of the body; the first takes the head along."""
        if self.wrote_header or not self.complete:
            super().write(data)
            return
        self.channel.held = self.build_response_header()
        self.wrote_header = True
        super().write(data)
        if self.channel.held:  # there was no body to take it along
            self.channel.write_soon(b"")

    def get_environment(self) -> dict[str, Any]:
        """Give the WSGI environment."""
        environ: dict[str, Any] = super().get_environment()
        environ["SERVER_SOFTWARE"] = self.channel.adj.ident or SOFTWARE
        return environ


class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Answers a request that is no HTTP or whose body is refused, and closes."""

    def execute(self) -> None:
        """Write the answer; the client may not have sent all of the request yet."""
        self.channel.refused = True
        super().execute()
        observer = self.channel.server.observer
        if observer is not None and not self.status.startswith("500"):
            request = self.request  # which may have been too odd to have even a method
            asked = getattr(request, "command", "-"), getattr(request, "request_uri", "-")
            observer.refused(*asked, self.channel.addr[0], self.status)
