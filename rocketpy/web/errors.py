"""Error pages: text, HTML or JSON, whichever the client accepts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from falcon import HTTPError, Request, Response

_JSON = "application/json"
_TEXT = "text/plain"
_HTML = "text/html"

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p></body>
</html>
"""


def serialize_error(request: Request, response: Response, error: HTTPError) -> None:
    """Write an error into a response: the title, and what to do about it.

    Args:
        request: its Accept header decides the form; text, where it accepts any.
        response: gets the body and its type.
        error: what was raised.
    """
    title = str(error.title or error.status)
    description = error.description or ""
    match request.client_prefers([_TEXT, _HTML, _JSON]):
        case "text/html":
            response.content_type = "text/html; charset=utf-8"
            response.text = _PAGE.format(title=escape(title), description=escape(description))
        case "application/json":
            response.content_type = _JSON
            response.data = error.to_json()
        case _:
            response.content_type = "text/plain; charset=utf-8"
            response.text = f"{title}\n\n{description}\n" if description else f"{title}\n"
    response.append_header("Vary", "Accept")


def log_failure(
    request: Request, _response: Response, error: BaseException, _parameters: dict[str, Any]
) -> None:
    """Log an error of the application's with its traceback, and answer 500.

    Falcon's own line has the whole query in it, secrets too.

    Args:
        request: the one at which it failed.
        error: what was raised.
    """
    import traceback

    from falcon import HTTPInternalServerError

    from rocketpy.server.observe.access_log import uri

    trace = "".join(traceback.format_exception(error))
    request.env["wsgi.errors"].write(f"{request.method} {uri(request.env)} failed: {trace}")
    raise HTTPInternalServerError from None
