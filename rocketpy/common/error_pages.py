"""Error pages as text, HTML or JSON, and which of them a client prefers.

The server answers errors before it calls an application, so this needs no framework.
"""

from __future__ import annotations

from html import escape

TEXT = "text/plain"
HTML = "text/html"
JSON = "application/json"

MOST_ACCEPT = 1024
"""Characters of an Accept header that are read; browsers send 150."""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p></body>
</html>
"""


def error_page(form: str, title: str, description: str | None) -> tuple[str, bytes]:
    """Write an error page.

    Args:
        form: TEXT, HTML or JSON.
        title: what is wrong.
        description: what to do about it.

    Returns:
        The Content-Type, and the body.
    """
    if form == HTML:
        page = _PAGE.format(title=escape(title), description=escape(description or ""))
        return "text/html; charset=utf-8", page.encode()
    if form == JSON:
        import json

        fields = {"title": title} | ({"description": description} if description else {})
        return JSON, json.dumps(fields).encode()
    text = f"{title}\n\n{description}\n" if description else f"{title}\n"
    return "text/plain; charset=utf-8", text.encode()


def preferred_form(accept: str, default: str = TEXT) -> str:
    """Return the form of an error page that a client prefers (RFC 9110, section 12.5.1).

    Args:
        accept: its Accept header.
        default: for a client that accepts several forms equally, or none.

    >>> preferred_form("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    'text/html'
    >>> preferred_form("*/*"), preferred_form("application/json, text/plain;q=0.5")
    ('text/plain', 'application/json')
    """
    ranges = [_range(part) for part in accept[:MOST_ACCEPT].lower().split(",")]

    def quality(form: str) -> float:
        kind = form.partition("/")[0]
        for name in (form, f"{kind}/*", "*/*"):  # the most specific one counts
            for found, weight in ranges:
                if found == name:
                    return weight
        return 0.0

    forms = [default, *(form for form in (TEXT, HTML, JSON) if form != default)]
    return max(forms, key=quality)


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (text.strip() for text in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return name, min(float(value), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0
