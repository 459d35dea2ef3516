"""Instrumentation as the configuration sets it: probes, metrics, access log, health port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.common.probes import ALIVE, METRICS, READY, alive
from rocketpy.config.keys.extra_keys import ACCESS_LOGS, health_of
from rocketpy.server.listener import join
from rocketpy.server.protocols import AnswersProbes, RecordsRoutes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIApplication

    from rocketpy.common.log import Log
    from rocketpy.common.probes import MakeAnswer
    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.server.observe.access_log import AccessLog
    from rocketpy.server.observe.health_server import HealthServer
    from rocketpy.server.observe.metrics import Metrics
    from rocketpy.server.observe.service_status import ServiceStatus

HASH_DIGITS = 16
"""Hexadecimal digits that distinguish one configuration from another."""


def instrument(
    app: WSGIApplication, config: ServiceConfig, log: Log, status: ServiceStatus, *, reloaded: bool
) -> WSGIApplication:
    """Set up what the configuration sets; call this before anything is forked.

    Args:
        app: The application.
        config: The configuration.
        log: Where the access log goes.
        status: The state of the service, for probes and metrics; it gets the health server.
        reloaded: Whether this process takes over from others, which have the health port still.

    Returns:
        The application to serve: the one given, where nothing has to see its requests.

    Raises:
        ListenError: If the health port cannot be had.
    """
    health = health_of(config)
    answers: dict[str, MakeAnswer] = {}
    if health.enabled:
        answers |= {ALIVE: alive, READY: status.ready}
    metrics = _metrics(config, log, status) if config.metrics is True else None
    if metrics is not None:
        answers[METRICS] = metrics.answer
    if health.port is not None:
        if answers:
            from rocketpy.server.observe.health_server import HealthServer

            server = HealthServer(config.address, health.port, answers, shared=reloaded)
            _print_health_port(server, answers, log)
            status.health_server = server
        answers = {}
    access_log = _access_log(config, log)
    capable: object = app
    if isinstance(capable, RecordsRoutes) and access_log is not None:
        capable.record_routes()
    if isinstance(capable, AnswersProbes):
        capable.answer_probes(answers)
    elif answers:
        from rocketpy.server.observe.instrumented_app import ProbedApp

        app = ProbedApp(app, answers)
    if metrics is None and access_log is None:
        return app
    from rocketpy.server.observe.instrumented_app import InstrumentedApp

    instrumented = InstrumentedApp(app, log, metrics, access_log)
    status.on_refusal = instrumented.refused
    return instrumented


def _print_health_port(server: HealthServer, paths: Iterable[str], log: Log) -> None:
    log.meta("Health port:", "🩺")
    for path in paths:
        log.item(f"GET http://{join(server.address, server.port)}{path}")


def _metrics(config: ServiceConfig, log: Log, status: ServiceStatus) -> Metrics:
    import hashlib
    import json

    from rocketpy.config.dump import dump
    from rocketpy.server.observe.metrics import Metrics

    shown = json.dumps(dump(config.figment)["merged"], sort_keys=True)
    about = {
        "profile": config.profile,
        "hash": hashlib.sha256(shown.encode()).hexdigest()[:HASH_DIGITS],
    }
    return Metrics(status.workers, about, status.loop_gauges, lambda: log.writer.dropped)


def _access_log(config: ServiceConfig, log: Log) -> AccessLog | None:
    form = config.access_log
    if form not in ACCESS_LOGS:  # not given; then `log_level` decides
        form = "rocket" if log.shows("normal") else "off"
    if form == "off" or not log.shows("critical"):  # the level `off` shows nothing at all
        return None
    from rocketpy.server.observe.access_log import AccessLog

    return AccessLog(log, as_json=log.as_json)
