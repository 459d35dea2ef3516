"""The router of a `rocketpy.App`: a route that answers GET also answers HEAD, as in Rocket."""

from __future__ import annotations

from typing import Any

from falcon import inspect
from falcon.routing import CompiledRouter


class HeadRouter(CompiledRouter):
    """Falcon's router, which maps HEAD to the responder for GET where a resource has none for it.

    Falcon and the server send no body for HEAD. Rocket's guide: "Requests", "Methods".
    """

    def map_http_methods(self, resource: object, **kwargs: Any) -> dict[str, Any]:
        """Return a resource's responders by their methods."""
        responders: dict[str, Any] = dict(super().map_http_methods(resource, **kwargs))
        if "GET" in responders and "HEAD" not in responders:
            responders["HEAD"] = responders["GET"]
        return responders


@inspect.register_router(HeadRouter)  # `falcon.inspect` goes by the exact class of a router
def _inspect_router(router: HeadRouter) -> list[inspect.RouteInfo]:
    """Return the routes, without HEAD where the responder for GET answers it."""
    routes = inspect.inspect_compiled_router(router)
    for route in routes:
        responders = {method.method: method.function_name for method in route.methods}
        if responders.get("HEAD") == responders.get("GET"):
            route.methods = [method for method in route.methods if method.method != "HEAD"]
    return routes
