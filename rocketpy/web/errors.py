"""Error pages: Falcon's, and text or HTML where the client or the application prefers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.common.error_pages import HTML, TEXT, error_page

if TYPE_CHECKING:
    from falcon import HTTPError, Request, Response


_FALCONS = {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
"""The media types that every Falcon application has a handler for."""


def serialize_error(request: Request, response: Response, error: HTTPError) -> None:
    """Write an error into a response.

    The client's Accept header decides. HTML and text are written here; all others by Falcon, with
    the application's media handlers. A client without a preference gets JSON; text or HTML where
    that is the application's own `media_type`. In an application that has media handlers of its
    own, clients that accept one of these types get it rather than HTML, as in Falcon.

    Args:
        request: has the Accept header.
        response: gets the body and its type.
        error: what was raised.
    """
    from falcon.app_helpers import default_serialize_error

    form = _form(request, response)
    if form is None:
        default_serialize_error(request, response, error)
        return
    title = str(error.title or error.status)
    response.content_type, response.data = error_page(form, title, error.description)
    response.append_header("Vary", "Accept")


def _form(request: Request, response: Response) -> str | None:
    """Return HTML or TEXT if that is what the client gets; None for what Falcon writes."""
    options = response.options
    own = options.default_media_type.partition(";")[0].strip()
    falcons = ["application/json", *options.media_handlers]
    if options.xml_error_serialization:
        falcons += ["application/xml", "text/xml"]
    ours = [form for form in (TEXT, HTML) if form not in falcons]
    if own in ours:
        order = [own, *falcons, *ours]
    elif not _FALCONS.issuperset(options.media_handlers) and request.client_prefers(falcons):
        return None
    else:
        order = [*falcons, *ours]
    preferred = request.client_prefers(order)
    return preferred if preferred in ours else None
