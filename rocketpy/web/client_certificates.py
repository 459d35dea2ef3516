"""Which client it is that asks, where `tls.mutual` has clients say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.common.client_certificate import ENVIRON_KEY

if TYPE_CHECKING:
    import falcon


class Clients:
    """Middleware that gives each request its client's certificate."""

    def process_request(self, request: falcon.Request, _response: falcon.Response) -> None:
        """Set `request.context.client_certificate`, None where the client showed none."""
        request.context.client_certificate = request.env.get(ENVIRON_KEY)
