"""`App`: a Falcon application with a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from rocketpy.config.lazy_imports import put_off

with put_off():
    import falcon
    from typing_extensions import TypeVar

from rocketpy.config.config import Config
from rocketpy.config.keys.extra_keys import health_of
from rocketpy.figment.error import Error
from rocketpy.web.errors import log_failure, serialize_error
from rocketpy.web.excepthook import tell_instead_of_traceback
from rocketpy.web.probes import PROBES, Probe
from rocketpy.web.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

C = TypeVar("C", bound=Config, default=Config)


class App(falcon.App, Generic[C]):  # type: ignore[type-arg]
    """A `falcon.App`; everything in Falcon's documentation applies.

    Errors are answered as text, HTML or JSON, whichever the client accepts.

    Args:
        settings: the class of the configuration, which is read now; or one that has been read.
        options: handed on to `falcon.App`.

    Raises:
        Error: the configuration cannot be used. Where nothing catches it, all that is wrong is
            told without a traceback, and the process ends with 78.
    """

    def __init__(self, settings: type[C] | C = Config, **options: Any) -> None:  # type: ignore[assignment]
        if isinstance(settings, type):
            try:
                settings = settings()
            except Error:
                tell_instead_of_traceback()
                raise
        options["request_type"] = _request_type(options.get("request_type"), settings)
        super().__init__(**options)
        self.config: C = settings
        self.req_options.media_handlers[falcon.MEDIA_MULTIPART] = Uploads(settings)
        self.set_error_serializer(serialize_error)
        self.add_error_handler(Exception, log_failure)
        self._own: dict[str, Probe] = {}
        self._notes_routes = False
        self._add_probes(settings)
        if settings.mtls_enabled:
            from rocketpy.web.client_certificates import Clients

            self.add_middleware(Clients())

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """Yield the resource's name, the method and the path of every route but the probes'."""
        from falcon import inspect

        for route in inspect.inspect_routes(self):
            if route.path in self._own and route.class_name == Probe.__name__:
                continue
            for method in route.methods:
                if not method.internal:
                    yield route.class_name, method.method, route.path

    def _add_probes(self, config: Config) -> None:
        """Add the routes for probes; the application's own route of such a path takes its place."""
        health = health_of(config)
        if health.enabled and health.port is None:
            for path, answer in PROBES.items():
                self.add_own_route(path, answer)

    def add_own_route(self, path: str, answer: Callable[[], tuple[str, str, str]]) -> None:
        """Add a route of the server's, which `routes` does not list, or change its answer.

        Args:
            path: the path.
            answer: makes status line, Content-Type and text.
        """
        if path in self._own:  # a route of the application's that took its place stays
            self._own[path].answer = answer
        else:
            self._own[path] = Probe(answer)
            self.add_route(path, self._own[path])

    def note_routes(self) -> None:
        """Have the server told of the route that each request matched, for its log."""
        if not self._notes_routes:
            from rocketpy.web.route_middleware import Noting

            self._notes_routes = True
            self.add_middleware(Noting())


def _request_type(given: type | None, config: Config) -> type:
    """Return a class of requests that know the configuration, which costs none of them anything."""
    return type("Request", (given or falcon.Request,), {"__slots__": (), "rocketpy_config": config})
