"""The route of each request, noted for the server's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.server.observe.access_log import ROUTE

if TYPE_CHECKING:
    import falcon


class Noting:
    """Middleware that notes the route of a request where the server's log looks for it."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Note that there is none yet."""
        request.env[ROUTE] = ()

    def process_resource(
        self,
        request: falcon.Request,
        _response: falcon.Response,
        resource: object,
        _parameters: dict[str, Any],
    ) -> None:
        """Note the route."""
        request.env[ROUTE] = (type(resource).__name__, request.uri_template)
