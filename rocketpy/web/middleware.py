"""The middleware of a `rocketpy.App`: the client's certificate, and the route for the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rocketpy.common.environ import CLIENT_CERTIFICATE, ROUTE

if TYPE_CHECKING:
    import falcon


class ClientCertificateMiddleware:
    """Gives each request its client's certificate (`tls.mutual`)."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Set `request.context.client_certificate`; None where the client presented none."""
        request.context.client_certificate = request.env.get(CLIENT_CERTIFICATE)


class RouteMiddleware:
    """Records the route that each request matched, for the access log."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Record that there is none yet."""
        request.env[ROUTE] = ()

    def process_resource(
        self,
        request: falcon.Request,
        _response: falcon.Response,
        resource: object,
        _parameters: dict[str, Any],
    ) -> None:
        """Record the route."""
        request.env[ROUTE] = (type(resource).__name__, request.uri_template)
