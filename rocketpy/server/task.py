"""waitress's tasks, which run the application once and write its answer, told when to close."""

from __future__ import annotations

from typing import Any

from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]

from rocketpy.server.status import STATUS

SOFTWARE = "rocketpy"
"""What the application reads as SERVER_SOFTWARE when `ident` is off; WSGI demands a string."""


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers one request through the application."""

    wrote_header: bool

    def build_response_header(self) -> bytes:
        """Write the status line and the headers, saying so if the connection ends here."""
        if self.channel.server.last_answers:
            # As if the client had asked: waitress then closes in all versions of HTTP.
            self.request.headers["CONNECTION"] = "close"
        head: bytes = super().build_response_header()
        return head

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
        if STATUS.on_refusal is not None and not self.status.startswith("500"):
            request = self.request  # which may have been too odd to have even a method
            asked = getattr(request, "command", "-"), getattr(request, "request_uri", "-")
            STATUS.on_refusal(*asked, self.channel.addr[0], self.status)
