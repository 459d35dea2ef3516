"""The client's address, behind a proxy or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.address import decode
from rocketpy.figment.error import Error
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    import falcon

    from rocketpy.config.keys.address import Address
    from rocketpy.config.rocket_config import ServiceConfig


def client_ip(request: falcon.Request, config: ServiceConfig | None = None) -> Address | None:
    """Return the address that a request comes from (Rocket's guide, "Requests").

    It is what the header that `ip_header` names says, if that is one IP address and nothing else;
    otherwise the address at the other end of the connection. Any client can send that header: let
    `ip_header` name one only behind a proxy that sets it itself, see docs/web.md.

    Args:
        request: one of a `rocketpy.App`; or of any application, with its configuration.
        config: the configuration, instead of that of the request's application.

    Returns:
        The address; None where the server knows none, as in a test that has no connection.

    Raises:
        TypeError: the request is of another application, and no configuration is given.
    """
    config = config or getattr(request, "rocketpy_config", None)
    if config is None:
        raise TypeError("the request is not one of a rocketpy.App: give the configuration too")
    header = config.ip_header
    found = header and _address(request.get_header(header))
    return found or _address(request.env.get("REMOTE_ADDR"))


def _address(text: str | None) -> Address | None:
    try:
        return decode(Value(text.strip(" \t"))) if text else None
    except Error:
        return None
