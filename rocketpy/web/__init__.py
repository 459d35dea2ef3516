"""What a configuration means to a Falcon application.

`App`, `client_ip` and `SignedCookies` are public; the other modules are parts of `App`: its router,
middleware, request, error pages and form handler.
Enters: a `Config`. Leaves: a WSGI application, which this room's server or any other can serve.
"""
