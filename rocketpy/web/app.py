"""`App`: a Falcon application with a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import falcon
from typing_extensions import TypeVar

from rocketpy.common.probes import ALIVE, METRICS, READY, alive, ready, respond
from rocketpy.config.keys.extra_keys import health_of
from rocketpy.config.rocket_config import RocketConfig, ServiceConfig
from rocketpy.figment.error import Error
from rocketpy.web.errors import serialize_error
from rocketpy.web.excepthook import report_without_traceback
from rocketpy.web.request import request_type
from rocketpy.web.router import HeadRouter
from rocketpy.web.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rocketpy.common.probes import MakeAnswer
    from rocketpy.figment.figment import Figment

Req_contra = TypeVar("Req_contra", bound=falcon.Request, default=falcon.Request, contravariant=True)
Resp_contra = TypeVar(
    "Resp_contra", bound=falcon.Response, default=falcon.Response, contravariant=True
)
C = TypeVar("C", bound=ServiceConfig, default=RocketConfig)


class App(falcon.App[Req_contra, Resp_contra], Generic[Req_contra, Resp_contra, C]):
    """A `falcon.App`; everything in Falcon's documentation applies.

    As a type it takes three parameters: those of `falcon.App` (request and response), and the
    class of the configuration.

    Args:
        settings: the class of the configuration, which is read now; or one that has been read.
        figment: the layers that the class is read from, instead of the service's: usually
            `rocketpy.figment_of_service()` with others merged.
        options: passed to `falcon.App`.

    Raises:
        Error: the configuration cannot be used. Where nothing catches it, the process ends with
            78 and a report of all errors instead of a traceback.
    """

    def __init__(
        self,
        settings: type[C] | C = RocketConfig,  # type: ignore[assignment]
        *,
        figment: Figment | None = None,
        **options: Any,
    ) -> None:
        if figment is not None and not isinstance(settings, type):
            raise TypeError("figment needs the class of the configuration: this one has been read")
        self.given_figment: Figment | None = figment
        if isinstance(settings, type):
            try:
                settings = settings(figment)
            except Error:
                report_without_traceback()
                raise
        options["request_type"] = request_type(options.get("request_type"), settings)
        if options.get("router") is None:
            options["router"] = HeadRouter()
        super().__init__(**options)
        self.config: C = settings
        self.req_options.media_handlers[falcon.MEDIA_MULTIPART] = Uploads(settings)
        self.set_error_serializer(serialize_error)
        self._records_routes = False
        self._own_paths: set[str] = set()  # paths of probes that are the application's own routes
        self._probes: dict[str, MakeAnswer] = {}
        health = health_of(settings)
        if health.enabled and health.port is None:
            self._probes = {ALIVE: alive, READY: ready}
        if settings.mtls_enabled:
            from rocketpy.web.middleware import ClientCertificateMiddleware

            self.add_middleware(ClientCertificateMiddleware())

    def __call__(self, env: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: a probe here, all others as Falcon does."""
        probe = self._probes.get(env["PATH_INFO"])
        if probe is not None:
            return respond(env, start_response, probe)
        return super().__call__(env, start_response)

    def add_route(self, uri_template: str, resource: object, **kwargs: Any) -> None:
        """Add a route, as `falcon.App.add_route`; one of a probe's path takes the probe's place."""
        super().add_route(uri_template, resource, **kwargs)
        if uri_template in {ALIVE, READY, METRICS}:
            self._own_paths.add(uri_template)
            self._probes.pop(uri_template, None)

    def answer_probes(self, answers: Mapping[str, MakeAnswer]) -> None:
        """Answer these paths, and no other probes; a server that knows its state calls this.

        Args:
            answers: for each path, what makes its answer. The application's own routes come first.
        """
        self._probes = {path: make for path, make in answers.items() if path not in self._own_paths}

    def record_routes(self) -> None:
        """Record in each request's WSGI environment which route matched, for the access log."""
        if not self._records_routes:
            from rocketpy.web.middleware import RouteMiddleware

            self._records_routes = True
            self.add_middleware(RouteMiddleware())

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """Yield the resource's name, the method and the path of every route."""
        from falcon import inspect

        for route in inspect.inspect_routes(self):
            for method in route.methods:
                if not method.internal:
                    yield route.class_name, method.method, route.path
