"""OpenTelemetry: a span for each request, by WSGI middleware around the application.

$ pip install opentelemetry-instrumentation-wsgi opentelemetry-sdk
$ rocketpy launch telemetry:traced

Whatever wraps a WSGI application is launched like one. The configuration of the application inside
does not shine through, so it is given on.
"""

import falcon
from opentelemetry import trace
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

import rocketpy


class Index:
    """`GET /`."""

    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        """Answer."""
        response.text = "traced\n"


class Traced(OpenTelemetryMiddleware):
    """The middleware, with what a launch takes from the application that it wraps."""

    def __init__(self, app: rocketpy.App) -> None:
        super().__init__(app)
        self.config = app.config
        self.routes = app.routes  # printed by the launch
        self.answer_probes = app.answer_probes  # so that /readyz knows when the service ends
        self.record_routes = app.record_routes  # for the access log


provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(provider)

app = rocketpy.App(media_type="text/plain; charset=utf-8")
app.add_route("/", Index())
traced = Traced(app)

if __name__ == "__main__":
    raise SystemExit(rocketpy.launch(traced))
