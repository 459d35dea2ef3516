"""What a service can be watched by, as its configuration asks: probes, figures, the access log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.extra_keys import ACCESS_LOGS, health_of
from rocketpy.server.observe.probes import ALIVE, READY, Probes

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from rocketpy.common.log import Log
    from rocketpy.config.config import Config
    from rocketpy.server.observe.access_log import AccessLog
    from rocketpy.server.observe.metrics import Metrics
    from rocketpy.server.observe.service_status import ServiceStatus

METRICS = "/metrics"
HASH_DIGITS = 16
"""Hexadecimal digits by which one configuration is told from another."""


def watched(
    app: WSGIApplication, config: Config, log: Log, status: ServiceStatus, *, reloaded: bool
) -> WSGIApplication:
    """Set up what the configuration asks for; to be called before anything is forked.

    Args:
        app: The application.
        config: The configuration.
        log: Where the access log goes.
        status: Where the service stands, for probes and metrics; it gets the health port.
        reloaded: Whether this process takes over from others, who have the health port still.

    Returns:
        The application to serve: the one given, wherever nothing needs to see its requests.

    Raises:
        ListenError: If the health port cannot be had.
    """
    health = health_of(config)
    paths: dict[str, Callable[[], tuple[str, str, str]]] = {}
    if health.enabled:
        probes = Probes(status)
        paths |= {ALIVE: probes.alive, READY: probes.ready}
    add_route = getattr(app, "add_own_route", None)
    if health.port is None and callable(add_route):
        for path, answer in paths.items():
            add_route(path, answer)
    metrics = _metrics(config, status) if config.metrics is True else None
    if metrics is not None:
        paths[METRICS] = metrics.answer
        if health.port is None:
            if callable(add_route):
                add_route(METRICS, metrics.answer)
            else:
                log.warning("`metrics` needs a rocketpy.App, or `health.port` to be told at.")
    if paths and health.port is not None:
        from rocketpy.server.listener import join
        from rocketpy.server.observe.health_server import Aside

        status.health_server = server = Aside(config.address, health.port, paths, shared=reloaded)
        at = f"http://{join(server.address, server.port)}"
        log.meta("Watched by:", "🩺")
        for path in paths:
            log.item(f"GET {at}{path}")
    access_log = _access_log(config, log)
    if metrics is None and access_log is None:
        return app
    from rocketpy.server.observe.instrumented_app import Observed

    if access_log is not None:
        note_routes = getattr(app, "note_routes", None)
        if callable(note_routes):
            note_routes()
    observed = Observed(app, metrics, access_log)
    status.on_refusal = observed.refused
    return observed


def _metrics(config: Config, status: ServiceStatus) -> Metrics:
    import hashlib
    import json

    from rocketpy.config.dump import dump
    from rocketpy.server.observe.metrics import Metrics

    shown = json.dumps(dump(config.figment)["merged"], sort_keys=True)
    about = {
        "profile": config.profile,
        "hash": hashlib.sha256(shown.encode()).hexdigest()[:HASH_DIGITS],
    }
    return Metrics(config.workers, about, status.loop_gauges)


def _access_log(config: Config, log: Log) -> AccessLog | None:
    form = config.access_log
    if form not in ACCESS_LOGS:  # not given; then `log_level` decides
        form = "rocket" if log.is_normal else "off"
    if form == "off":
        return None
    from rocketpy.server.observe.access_log import AccessLog

    return AccessLog(log, as_json=form == "json", always=config.access_log is not None)
