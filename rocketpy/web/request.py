"""The requests of a `rocketpy.App`: Falcon's, with a configuration, without secrets in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import falcon

    from rocketpy.config.rocket_config import ServiceConfig


def request_type(given: type[Any] | None, config: ServiceConfig) -> type[Any]:
    """Return a class of requests.

    Args:
        given: the application's own class; None for Falcon's.
        config: becomes the class attribute `rocketpy_config`, which costs no request anything.
    """
    import falcon

    base = given or falcon.Request
    attributes: dict[str, Any] = {"__slots__": (), "rocketpy_config": config}
    if base.log_error is falcon.Request.log_error:  # an application's own stays
        attributes["log_error"] = _log_error
    return type("Request", (base,), attributes)


def _log_error(request: falcon.Request, message: str) -> None:
    """Write an error message to the server's log, with the request's method and URI.

    Falcon's own writes the whole query, secrets too. Falcon calls this for an exception that no
    handler of the application's is for, with its traceback.
    """
    from rocketpy.common.environ import printable_uri
    from rocketpy.common.log import LogErrorStream

    errors = request.env["wsgi.errors"]
    asked = f"{request.method} {printable_uri(request.env)}"
    if isinstance(errors, LogErrorStream) and message.startswith("Traceback "):
        errors.write_traceback(f"{asked} failed", message)
    else:
        errors.write(f"{asked} failed: {message}\n")
