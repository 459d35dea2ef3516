"""The lines that a service prints of its course, worded as Rocket words them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config.keys.table import DEPRECATED_PROFILES, KEYS
from rocketpy.config.mistakes.find import deprecated_keys, find_mistakes, shape_of_process
from rocketpy.server.process.main_loop import Lifecycle, LifecycleWrapper

if TYPE_CHECKING:
    from rocketpy.common.log import Log
    from rocketpy.common.start_trace import StartTrace
    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.config.shape import Shape


def print_config(config: ServiceConfig, workers: int, log: Log) -> None:
    """Print the configuration, and warn of what is deprecated, misspelt or unsafe in it.

    Args:
        config: The configuration.
        workers: How many processes serve, if it is not what `workers` says.
        log: Where to print.
    """
    if config.secret_key.is_published:
        log.warning("The configured `secret_key` is exposed and insecure.")
        log.warning_item("The configured key is publicly published and thus insecure.")
        log.warning_item("Try generating a new key with `head -c64 /dev/urandom | base64`.")
    _trace(config, log)
    log.meta(f"Configured for {config.profile}.", "🔧")
    for name, key in KEYS.items():
        if key.label:
            log.item(f"{key.label}: {log.bold(key.display(getattr(config, name)))}")
    if workers != config.workers:
        reason = "the profile is debug, and nothing sets `workers`"
        log.item(f"processes: {log.bold(str(workers))}, since {reason}")
    shape = shape_of_process(type(config))
    _deprecated(config, shape, log)
    for mistake in (found.shown() for found in find_mistakes(config.figment, shape)):
        log.warning(mistake.text)
        if mistake.where:
            log.warning_item(f"at {mistake.where}")
        if mistake.help:
            log.warning_item(mistake.help)
    _secret_key(config, log)


def _trace(config: ServiceConfig, log: Log) -> None:
    log.trace("-- configuration trace information --")
    traced = [name for name, key in KEYS.items() if key.traced]
    for key in sorted(traced, key=lambda name: KEYS[name].traced):
        metadata = config.figment.find_metadata(key)
        if metadata is not None:
            source = f" ({metadata.source.display()})" if metadata.source else ""
            log.trace_item(f'"{key}" parameter source: {metadata.name}{source}')


def _deprecated(config: ServiceConfig, shape: Shape, log: Log) -> None:
    for key, replacement, metadata in deprecated_keys(config.figment, shape):
        log.warning(f"found value for deprecated config key `{log.bold(key)}`")
        if metadata.source:
            log.item(f"in {metadata}")
        if replacement:
            log.item(f"key has been by replaced by `{log.bold(replacement)}`")
        else:
            log.item("key has no special meaning")
    for prefix, replacement in DEPRECATED_PROFILES.items():
        for profile in config.figment.profiles:
            if profile.starts_with(prefix):
                log.warning(f"found set deprecated profile `{log.bold(str(profile))}`")
                if replacement:
                    log.item(f"profile was replaced by `{log.bold(replacement)}`")
                else:
                    log.item(f"profile `{profile}` has no special meaning")
                break


def _secret_key(config: ServiceConfig, log: Log) -> None:
    """Print whether there is a key; in `debug` one is made, elsewhere using none is refused."""
    key = config.secret_key
    if key.provided:
        log.item(f"secret key: {log.bold('[provided]')}")
    elif config.figment.profile == "debug":
        log.item(f"secret key: {log.bold('[generated]')}")
        log.warning("secrets enabled without a stable `secret_key`")
        log.item("signed cookies end with this process: configure a `secret_key`")


def print_routes(routes: list[tuple[str, str, str]], log: Log) -> None:
    """Print an application's routes: name, method and path of each."""
    if routes:
        log.meta("Routes:", "📬")
        for name, method, path in routes:
            log.item(f"({name}) {method} {path}")


class LaunchLines(Lifecycle):
    """Prints the course of a service.

    Args:
        log: Where to print.
        url: The URL of the service.
        reloaded: Whether this process takes over from others.
    """

    def __init__(self, log: Log, url: str, *, reloaded: bool) -> None:
        self._log = log
        self._url = url
        self._verb = "been reloaded at" if reloaded else "launched from"

    def ready(self) -> None:
        """Print that requests are answered."""
        self._log.launched(f"Rocket has {self._verb} {self._url}", "🚀")

    def shutdown_begins(self, signal: str) -> None:
        """Print that the drain begins."""
        self._log.warning(f"Received {signal}. Requesting shutdown.")
        self._log.meta("Shutdown requested. Waiting for pending I/O...")

    def reload_begins(self, *, cancelled: bool) -> None:
        """Print that a new generation starts."""
        text = "Received SIGHUP. Requesting reload."
        if cancelled:
            text += " The one under way is cancelled."
        self._log.warning(text)

    def reload_ends(self, failure: str | None) -> None:
        """Print that a reload failed; if not, the new generation has printed its own line."""
        if failure is not None:
            self._log.warning(f"Reload failed: the new process {failure}. The old one serves on.")


class TracedStart(LifecycleWrapper):
    """Prints where the time of a start went, when it is over, and passes the course on.

    Args:
        inner: What the course is passed on to.
        trace: Has measured the start so far.
        log: Where to print.
        workers: How many processes serve.
    """

    def __init__(self, inner: Lifecycle, trace: StartTrace, log: Log, workers: int) -> None:
        super().__init__(inner)
        self._trace = trace
        self._log = log
        self._phase = "engine" if workers == 1 else f"engine, {workers} workers"

    def ready(self) -> None:
        """Print the table after the line that requests are answered."""
        trace = self._trace
        trace.mark(self._phase)
        trace.finish()
        super().ready()
        if self._log.as_json:
            phases = {phase.name: round(phase.milliseconds, 3) for phase in trace.phases}
            imports = {name: round(took, 3) for name, took in trace.slowest()}
            self._log.record("warning", "start", milliseconds=phases, imports=imports)
        else:
            print("\n".join(trace.lines()), flush=True)
