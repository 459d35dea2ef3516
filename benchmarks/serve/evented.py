"""The same application on Falcon's ASGI, for servers that run one event loop."""

import asyncio

import falcon.asgi
from plain import PAGE, SLEEP


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


app = falcon.asgi.App()
app.add_route("/", Page())
app.add_route("/slow", Slow())
