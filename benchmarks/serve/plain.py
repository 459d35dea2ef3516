"""The same application on Falcon alone, for the other servers of WSGI."""

import time
from typing import Any, TypeVar

import falcon

PAGE = """\
This is a dummy landing page for our Rocket web server.

Try /api/hello?name=YOUR_NAME
"""
LARGE = "x" * 65536
SLEEP = 0.1
"""Seconds that a slow request takes, as one that waits for a database would."""

App = TypeVar("App", bound=falcon.App[Any, Any])


class Page:
    """A short text."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer at once."""
        response.text = PAGE
        response.content_type = falcon.MEDIA_TEXT


class Slow:
    """The same after a wait."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer when the wait is over, which holds up the thread that waits."""
        time.sleep(SLEEP)
        response.text = PAGE


class Large:
    """A long text."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer at once."""
        response.text = LARGE
        response.content_type = falcon.MEDIA_TEXT


class Sum:
    """A calculation: JSON in, JSON out."""

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer with the sum of the numbers that are posted."""
        response.media = {"sum": sum(request.get_media()["numbers"])}


def with_routes(app: App) -> App:
    """Give an application its routes."""
    app.add_route("/large", Large())
    app.add_route("/sum", Sum())
    app.add_route("/", Page())
    app.add_route("/slow", Slow())
    return app


app = with_routes(falcon.App())
