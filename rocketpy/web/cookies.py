"""Signed cookies: the client can read them, and cannot change them.

Rocket's private cookies are encrypted as well; put nothing secret into these. Rocket's guide:
"Requests", "Private Cookies", and "Configuration", "Secret Key".
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from rocketpy.config.keys.secret_key import KEY_BYTES, PUBLISHED_KEY
from rocketpy.figment.error import Error
from rocketpy.figment.kind import Kind, missing_field
from rocketpy.web.excepthook import report_without_traceback

if TYPE_CHECKING:
    import falcon
    from itsdangerous import URLSafeTimedSerializer

    from rocketpy.config.rocket_config import ServiceConfig

WEEK: Final = 7 * 24 * 3600
"""Seconds that a cookie is good for, as in Rocket."""

MOST_BYTES = 4096
"""What browsers take of a cookie's name and value together (RFC 6265, section 6.1)."""


class SignedCookies:
    """Sets and reads cookies that only this service can have made.

        app = rocketpy.App()
        cookies = rocketpy.SignedCookies(app.config)

        cookies.set(response, "user", "ann")
        cookies.get(request, "user")  # "ann", or None

    Make it once, beside the application: a service whose configuration lacks what it takes then
    does not start. In the profile `debug` a key is made where there is none; it is gone when the
    process ends, and so are the cookies that it signed.

    Args:
        config: has the `secret_key`, which signs, and `previous_secret_keys`, which are believed.
        max_age: seconds after which a cookie is believed no more, and the browser drops it; None
            for as long as the browser is open, believed without end.

    Raises:
        Error: outside `debug` there is no `secret_key`, or it is one that has been published.
    """

    def __init__(self, config: ServiceConfig, *, max_age: int | None = WEEK) -> None:
        try:
            self._keys = _keys(config)
        except Error:
            report_without_traceback()
            raise
        self._max_age = max_age
        # A cookie for HTTPS alone is lost on http://127.0.0.1, where people try things out.
        self._secure = config.tls_enabled or config.figment.profile != "debug"
        self._serializers: dict[str, URLSafeTimedSerializer] = {}

    def set(self, response: falcon.Response, name: str, value: str, **options: Any) -> None:
        """Set a cookie.

        Args:
            response: gets it.
            name: the cookie's name; a value is good under the name that it was set with alone.
            value: any text.
            options: of `falcon.Response.set_cookie`. Unless given, the cookie is for the whole
                site, hidden from scripts, not sent along from other sites (`Strict`), and outside
                `debug` for HTTPS alone.

        Raises:
            ValueError: browsers would drop it: it is too large.
            KeyError: the name is not ASCII.
        """
        text = self._serializer(name).dumps(value)
        if len(name) + len(text) > MOST_BYTES:
            raise ValueError(f"the cookie {name!r} is larger than {MOST_BYTES} bytes")
        defaults = {
            "max_age": self._max_age,
            "path": "/",
            "secure": self._secure,
            "http_only": True,
            "same_site": "Strict",
        }
        response.set_cookie(name, text, **(defaults | options))

    def get(self, request: falcon.Request, name: str) -> str | None:
        """Return what a cookie was set to.

        None where there is none, it is too old, or this service did not make it. Of several of
        that name, the first that is genuine counts: other sites or scripts may have set the others.
        """
        from itsdangerous import BadData

        for text in request.get_cookie_values(name) or ():
            try:
                value = self._serializer(name).loads(text, max_age=self._max_age)
            except BadData:
                continue
            return value if isinstance(value, str) else None
        return None

    def remove(self, response: falcon.Response, name: str, **options: Any) -> None:
        """Have the browser drop a cookie; `options` are those of `falcon.Response.unset_cookie`."""
        response.unset_cookie(name, **({"path": "/", "same_site": "Strict"} | options))

    def _serializer(self, name: str) -> URLSafeTimedSerializer:
        found = self._serializers.get(name)
        if found is None:
            import hashlib

            from itsdangerous import URLSafeTimedSerializer

            found = URLSafeTimedSerializer(
                self._keys,
                # Each name has a key of its own, derived from the master by HMAC.
                salt=f"rocketpy.cookies {name}",
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
            )
            self._serializers[name] = found
        return found


def _keys(config: ServiceConfig) -> list[bytes]:
    """Return the keys that are believed; the last one signs."""
    previous = [key.master for key in config.previous_secret_keys if not key.is_zero]
    key = config.secret_key
    if config.figment.profile != "debug":
        if key.is_zero:
            raise _refusal(config, missing_field("secret_key"))
        if key.is_published or any(key.is_published for key in config.previous_secret_keys):
            raise _refusal(config, PUBLISHED_KEY)
    elif key.is_zero:
        import secrets

        from rocketpy.common.log import Log

        log = Log(config.log_level, colors=config.cli_colors, stream=sys.stderr)
        log.warning("signed cookies without a stable `secret_key`: they end with this process")
        log.warning_item("outside debug this is an error; make one with: openssl rand -base64 32")
        return [secrets.token_bytes(KEY_BYTES)]
    return [*previous, key.master]


def _refusal(config: ServiceConfig, kind: Kind) -> Error:
    tag = config.figment.find("secret_key").tag
    path = () if kind.name == "MissingField" else ("secret_key",)
    help_ = "signed cookies need it outside debug; make one with: openssl rand -base64 32"
    return Error(kind, path, tag=tag, help=help_).resolved(config.figment.profile)
