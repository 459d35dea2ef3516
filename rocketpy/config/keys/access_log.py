"""`access_log`: the form of the access log (rocketpy's own key)."""

from __future__ import annotations

from rocketpy.figment.decode import refuse, string
from rocketpy.figment.kind import unknown_variant
from rocketpy.figment.value import Value

ACCESS_LOGS = ("rocket", "json", "off")
_ALLOWED = "allowed: " + ", ".join(ACCESS_LOGS)


def decode(value: Value) -> str:
    """Read the name of a form; `false` is `off`.

    Raises:
        Error: the value is neither.
    """
    if value.data is False:
        return "off"
    form = string(value, help=_ALLOWED)
    if form in ACCESS_LOGS:
        return form
    raise refuse(value, unknown_variant(form, ACCESS_LOGS), _ALLOWED)
