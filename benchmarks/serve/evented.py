"""The same application on Falcon's ASGI, for servers that run one event loop."""

import asyncio

import falcon.asgi
from plain import LARGE, PAGE, SLEEP


class Page:
    """A short text."""

    async def on_get(self, _: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer at once."""
        response.text = PAGE
        response.content_type = falcon.MEDIA_TEXT


class Slow:
    """The same after a wait."""

    async def on_get(self, _: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer when the wait is over; other requests go on meanwhile, as they should in ASGI."""
        await asyncio.sleep(SLEEP)
        response.text = PAGE


class Large:
    """A long text."""

    async def on_get(self, _: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer at once."""
        response.text = LARGE
        response.content_type = falcon.MEDIA_TEXT


class Sum:
    """A calculation: JSON in, JSON out."""

    async def on_post(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer with the sum of the numbers that are posted."""
        response.media = {"sum": sum((await request.get_media())["numbers"])}


app = falcon.asgi.App()
app.add_route("/large", Large())
app.add_route("/sum", Sum())
app.add_route("/", Page())
app.add_route("/slow", Slow())
