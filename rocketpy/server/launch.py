"""Launching: from an application to an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rocketpy.common.exit_codes import ExitCode
from rocketpy.config.keys.extra_keys import health_of
from rocketpy.config.keys.secret_key import PUBLISHED_KEY
from rocketpy.figment.error import Error
from rocketpy.server.protocols import ListsRoutes

if TYPE_CHECKING:
    from ssl import SSLContext
    from wsgiref.types import WSGIApplication

    from rocketpy.common.start_trace import StartTrace
    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.figment.kind import Kind
    from rocketpy.server.process.listeners import Listeners
    from rocketpy.server.process.main_loop import Lifecycle


def launch(
    app: WSGIApplication,
    config: ServiceConfig | None = None,
    *,
    exits: bool = False,
    trace: StartTrace | None = None,
) -> int:
    """Serve a WSGI application until a signal ends it.

    Prints the launch as Rocket does, obeying `log_level` and `cli_colors`. The application's own
    configuration is used where it has one, as a `rocketpy.App` does; else it is read now.

    Args:
        app: the application; it is called by several threads.
        config: the configuration, instead of the application's.
        exits: whether the process ends when this has returned. Then, given `shutdown.force`,
            the threads and the `atexit` handlers of the application have what is left of grace and
            mercy, as in a worker process, and do not keep the process from ending.
        trace: measures the start; it is printed when the service is ready.

    Returns:
        The exit code: 0 when the service ended in order; 1 when something was cut off or the
        listener cannot be opened; 78 when the configuration cannot be used, after all that is wrong
        is printed on standard error.
    """
    from rocketpy.common.application import refusal

    if (why := refusal(app, getattr(app, "__name__", None) or type(app).__name__)) is not None:
        print(f"Error: {why}", file=sys.stderr)
        return ExitCode.FAILED
    try:
        config, tls = prepare(app, config)
    except Error as error:
        from rocketpy.config.report import report

        print(report(error), file=sys.stderr)
        return ExitCode.BAD_CONFIG
    if trace is not None:
        trace.mark("configuration")
    return _serve(app, config, tls, exits=exits, trace=trace)


def prepare(
    app: object, config: ServiceConfig | None = None
) -> tuple[ServiceConfig, SSLContext | None]:
    """Return the configuration that an application is served with, and what encrypts connections.

    `launch` and `rocketpy check` both call this, so that they refuse the same.

    Args:
        app: the application; None for none.
        config: the configuration, instead of the application's.

    Raises:
        Error: the configuration cannot be used, or the server cannot honour it.
    """
    from rocketpy.config.rocket_config import RocketConfig, ServiceConfig

    config = config or getattr(app, "config", None) or RocketConfig()
    if not isinstance(config, ServiceConfig):  # another framework's attribute of that name
        config = RocketConfig()
    return config, check_servable(config)


def check_servable(config: ServiceConfig) -> SSLContext | None:
    """Raise for keys that the server cannot honour; none is ignored.

    Returns:
        What connections are encrypted with, if they are.

    Raises:
        Error: TLS cannot be set up as it is configured, there are no workers or no threads, or the
            secret key is one that is published.
    """
    from rocketpy.config.mistakes.error_order import in_order

    errors: list[Error] = []
    tls = None
    if config.tls_enabled:
        from rocketpy.server.tls.context import context

        try:
            tls = context(config)
        except Error as error:
            errors.extend(error)
    for key, noun in (("workers", "Worker threads"), ("max_blocking", "Max blocking threads")):
        if getattr(config, key) == 0:
            errors.append(_refusal(key, f"{noun} cannot be set to 0", config, "allowed: 1 or more"))
    health = health_of(config)
    if health.enabled and health.port is not None and 0 < health.port == config.port:
        text = "the probes cannot have the port of the service"
        help_ = "leave `health.port` out to serve them there, or choose another port"
        errors.append(_refusal("health.port", text, config, help_))
    if config.secret_key.is_published and config.figment.profile != "debug":
        help_ = "everybody knows this one; make a key with: openssl rand -base64 32"
        errors.append(_refusal("secret_key", PUBLISHED_KEY, config, help_))
    if errors:
        raise in_order(errors, config.figment)
    return tls


def _refusal(key: str, text: str | Kind, config: ServiceConfig, help_: str) -> Error:
    tag = config.figment.find(key).tag
    return Error(text, tuple(key.split(".")), tag=tag, help=help_).resolved(config.figment.profile)


def processes_of(config: ServiceConfig) -> int:
    """Return how many processes serve.

    It is `workers`, but 1 in the profile `debug` where no source sets `workers`: a service that is
    being tried out, and that keeps its state in memory, then behaves as one with threads does.
    """
    from rocketpy.config.keys.table import DEFAULTS

    if config.profile == "debug" and config.figment.find_metadata("workers") == DEFAULTS:
        return 1
    return config.workers


def _serve(
    app: WSGIApplication,
    config: ServiceConfig,
    tls: SSLContext | None,
    *,
    exits: bool,
    trace: StartTrace | None,
) -> int:
    from rocketpy.common.log import Log
    from rocketpy.common.log_handler import connect_hooks, connect_logging
    from rocketpy.config.keys.extra_keys import worker_timeout_of
    from rocketpy.server.launch_lines import LaunchLines, print_config, print_routes
    from rocketpy.server.listener import ListenError, remove_socket
    from rocketpy.server.observe.instrument import instrument
    from rocketpy.server.observe.service_status import ServiceStatus
    from rocketpy.server.process import inheritance
    from rocketpy.server.process.control import Parent
    from rocketpy.server.process.listeners import Listeners, open_listeners, unmet_places
    from rocketpy.server.process.serve import serve
    from rocketpy.server.process.service import Service

    log = Log.of(config)
    connect_logging(log)
    connect_hooks(log)
    workers = processes_of(config)
    print_config(config, workers, log)
    print_routes(routes_of(app), log)
    status = ServiceStatus(workers, log)
    parent = None
    listeners = Listeners([], [])
    try:
        if inheritance.is_inheriting():
            sockets, pipe = inheritance.inherit()
            parent = Parent(pipe)
            listeners = Listeners(sockets, [])
            for place in unmet_places(config, sockets):
                log.warning(f"A reload cannot move the service to {place}: a restart can.")
        else:
            listeners = open_listeners(config)
        app = instrument(app, config, log, status, reloaded=parent is not None)
    except ListenError as error:
        for path in listeners.paths:
            remove_socket(path)
        if log.as_json:
            log.record("error", str(error))
        else:
            print(f"Error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    lifecycle: Lifecycle = LaunchLines(
        log, _urls(listeners, secure=tls is not None), reloaded=parent is not None
    )
    if parent is None and "NOTIFY_SOCKET" in os.environ:
        from rocketpy.server.process.systemd import Notifier

        lifecycle = Notifier.around(lifecycle, os.environ)
    if trace is not None:
        from rocketpy.server.launch_lines import TracedStart

        trace.mark("launch lines, listeners")
        lifecycle = TracedStart(lifecycle, trace, log, workers)
    code = serve(
        Service(app, config, listeners.sockets, tls, status, listeners.paths),
        workers=workers,
        worker_timeout=worker_timeout_of(config),
        lifecycle=lifecycle,
        reloads=True,
        parent=parent,
        exits=exits,
    )
    if code == ExitCode.OK and parent is None:
        log.meta("Graceful shutdown completed successfully.")
    return code


def _urls(listeners: Listeners, *, secure: bool) -> str:
    from rocketpy.server.listener import place_of

    scheme = "https" if secure else "http"
    places = map(place_of, listeners.sockets)
    return ", ".join(place if ":/" in place else f"{scheme}://{place}" for place in places)


def routes_of(app: Any) -> list[tuple[str, str, str]]:
    """Return an application's routes (name, method, path), if it lists them."""
    return list(app.routes()) if isinstance(app, ListsRoutes) else []
