"""Launching: from an application to an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.common.exit_codes import ExitCode
from rocketpy.config.keys.secret_key import PUBLISHED_KEY
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from ssl import SSLContext
    from wsgiref.types import WSGIApplication

    from rocketpy.config.config import Config
    from rocketpy.figment.kind import Kind

INHERITANCE = "ROCKETPY_GENERATION"
"""The environment variable by which a service that is reloaded hands down what it serves with."""


def launch(app: WSGIApplication, config: Config | None = None) -> int:
    """Serve a WSGI application until a signal ends it.

    Prints the launch as Rocket does, obeying `log_level` and `cli_colors`. The application's own
    configuration is used where it has one, as a `rocketpy.App` does; else it is read now.

    Args:
        app: the application; it is called by several threads.
        config: the configuration, instead of the application's.

    Returns:
        The exit code: 0 when the service ended in order; 1 when something was cut off or the
        listener cannot be had; 78 when the configuration cannot be used, with all that is wrong
        told on standard error.
    """
    from rocketpy.config.config import Config

    try:
        config = config or getattr(app, "config", None) or Config()
        if not isinstance(config, Config):  # another framework's attribute of that name
            config = Config()
        encryption = refuse_what_cannot_be_honoured(config)
    except Error as error:
        from rocketpy.config.report import report

        print(report(error), file=sys.stderr)
        return ExitCode.BAD_CONFIG
    return _serve(app, config, encryption)


def refuse_what_cannot_be_honoured(config: Config) -> SSLContext | None:
    """Raise for a key that the server cannot do justice to; none is passed over in silence.

    Returns:
        What connections are encrypted with, if they are.

    Raises:
        Error: TLS cannot be had as it is asked for, no workers or threads, or a key that everybody
            knows.
    """
    from rocketpy.config.error_order import in_order

    errors: list[Error] = []
    encryption = None
    if config.tls_enabled:
        from rocketpy.server.tls.context import context

        try:
            encryption = context(config)
        except Error as error:
            errors.extend(error)
    for key, noun in (("workers", "Worker threads"), ("max_blocking", "Max blocking threads")):
        if getattr(config, key) == 0:
            errors.append(_refusal(key, f"{noun} cannot be set to 0", config, "allowed: 1 or more"))
    if config.secret_key.is_published and config.figment.profile != "debug":
        help_ = "everybody knows this one; make a key with: openssl rand -base64 32"
        errors.append(_refusal("secret_key", PUBLISHED_KEY, config, help_))
    if errors:
        raise in_order(errors, config.figment)
    return encryption


def _refusal(key: str, text: str | Kind, config: Config, help_: str) -> Error:
    tag = config.figment.find(key).tag
    return Error(text, (key,), tag=tag, help=help_).resolved(config.figment.profile)


def _serve(app: WSGIApplication, config: Config, encryption: SSLContext | None) -> int:
    from rocketpy.common.log import Log
    from rocketpy.server.launch_lines import print_config, print_routes
    from rocketpy.server.listener import ListenError, address_of, bind, join
    from rocketpy.server.observe.instrument import watched
    from rocketpy.server.observe.service_status import ServiceStatus
    from rocketpy.server.process.serve import serve

    log = Log(config.log_level, colors=config.cli_colors)
    print_config(config, log)
    print_routes(routes_of(app), log)
    status = ServiceStatus()
    superior = None
    if INHERITANCE in os.environ:
        from rocketpy.server.process.reload import inherit

        listener, superior = inherit(os.environ.pop(INHERITANCE))
        address, port = address_of(listener)
        if address != config.address or config.port not in (0, port):
            there = join(config.address, config.port)
            log.warning(f"A reload cannot move the service to {there}: a restart can.")
    else:
        try:
            listener = bind(config.address, config.port)
        except ListenError as error:
            print(f"Error: {error}", file=sys.stderr)
            return ExitCode.FAILED
    try:
        app = watched(app, config, log, status, reloaded=superior is not None)
    except ListenError as error:
        print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    scheme = "https" if encryption else "http"
    url = f"{scheme}://{join(*address_of(listener))}"
    if encryption is not None:
        from rocketpy.server.tls.secure_connection import SecureListener

        listener = SecureListener.over(listener, encryption)

    def ready() -> None:
        log.launched(
            f"Rocket has {'been reloaded at' if superior else 'launched from'} {url}", "🚀"
        )

    def shutdown(signal: str) -> None:
        log.warning(f"Received {signal}. Requesting shutdown.")
        log.meta("Shutdown requested. Waiting for pending I/O...")

    reload = None if superior or "hup" in config.shutdown.signals else log.warning
    code = serve(
        app,
        config,
        listener,
        on_ready=ready,
        on_shutdown=shutdown,
        on_reload=reload,
        superior=superior,
        status=status,
    )
    if code == ExitCode.OK and superior is None:
        log.meta("Graceful shutdown completed successfully.")
    return code


def routes_of(app: Any) -> list[tuple[str, str, str]]:
    """Return an application's routes (name, method, path), if it can tell of them."""
    routes = getattr(app, "routes", None)
    return list(routes()) if callable(routes) else []
