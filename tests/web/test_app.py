"""`rocketpy.App` beside `falcon.App`: HEAD, error pages, the log of errors, its types."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import falcon
import falcon.inspect
import falcon.media
import falcon.testing
import pytest

import rocketpy

if TYPE_CHECKING:
    from tests.support import Place

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Readable:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = request.method

    def on_get_part(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = "a part"

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        raise falcon.HTTPUnprocessableEntity(title="<Who>?", description="Say & go.")


class Own(Readable):
    def on_head(self, request: falcon.Request, response: falcon.Response) -> None:
        response.set_header("X-Own", "yes")


def client(**options: Any) -> falcon.testing.TestClient:
    app = rocketpy.App(**options)
    app.add_route("/", Readable())
    app.add_route("/part", Readable(), suffix="part")
    app.add_route("/own", Own())
    return falcon.testing.TestClient(app)


@pytest.mark.parametrize(("path", "length"), [("/", "4"), ("/part", "6")])
def test_head(place: Place, path: str, length: str) -> None:
    """HEAD is answered by the responder for GET, without the body, and Allow has it."""
    service = client()
    answer = service.simulate_head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == length
    assert "HEAD" in service.simulate_options(path).headers["Allow"].split(", ")


def test_own_head(place: Place) -> None:
    """A resource's own responder for HEAD is the one that answers."""
    assert client().simulate_head("/own").headers["X-Own"] == "yes"


def test_no_head_without_get(place: Place) -> None:
    """A resource that cannot be read has no HEAD either."""

    class Writable:
        def on_post(self, request: falcon.Request, response: falcon.Response) -> None: ...

    app = rocketpy.App()
    app.add_route("/", Writable())
    assert falcon.testing.TestClient(app).simulate_head("/").status_code == 405


def test_routes_without_automatic_head(place: Place) -> None:
    """Lists of routes have what the application's code has."""
    app = client().app
    assert isinstance(app, rocketpy.App)
    assert [route[1:] for route in app.routes()] == [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/part"),
        ("GET", "/own"),
        ("HEAD", "/own"),
        ("POST", "/own"),
    ]
    (root, *_) = falcon.inspect.inspect_routes(app)
    assert {method.method for method in root.methods} == {"GET", "POST", "OPTIONS"} | {
        method.method for method in root.methods if method.internal
    }


def test_own_router(place: Place) -> None:
    """A router of the application's own decides itself."""

    class Router:
        def __init__(self) -> None:
            self.added: list[str] = []

        def add_route(self, template: str, resource: object, **_: Any) -> None:
            self.added.append(template)

        def find(self, uri: str, req: falcon.Request | None = None) -> None: ...

    router = Router()
    app = rocketpy.App(router=router)
    app.add_route("/mine", Readable())
    assert router.added == ["/mine"]
    assert falcon.testing.TestClient(app).simulate_get("/healthz").text == "alive\n"


TEXT_PAGE = "<Who>?\n\nSay & go.\n"
JSON_PAGE = '{"title": "<Who>?", "description": "Say & go."}'


@pytest.mark.parametrize(
    ("media_type", "accept", "content_type", "body"),
    [
        (None, "*/*", "application/json", JSON_PAGE),
        (None, "application/json", "application/json", JSON_PAGE),
        (None, "text/plain", "text/plain; charset=utf-8", TEXT_PAGE),
        (None, BROWSER, "text/html; charset=utf-8", None),
        ("text/plain; charset=utf-8", "*/*", "text/plain; charset=utf-8", TEXT_PAGE),
        ("text/plain", "application/json", "application/json", JSON_PAGE),
        ("text/plain", BROWSER, "text/html; charset=utf-8", None),
        ("text/html", "*/*", "text/html; charset=utf-8", None),
        (None, "application/xml", "application/xml", None),
    ],
)
def test_error_pages(
    place: Place, media_type: str | None, accept: str, content_type: str, body: str | None
) -> None:
    """The client's Accept decides; without a preference, the application's media type."""
    options = {} if media_type is None else {"media_type": media_type}
    service = client(**options)
    service.app.resp_options.xml_error_serialization = True
    answer = service.simulate_post("/", headers={"Accept": accept})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == content_type
    assert "Accept" in answer.headers["Vary"]
    assert body is None or answer.text == body
    if content_type.startswith("text/html"):
        assert "<h1>&lt;Who&gt;?</h1><p>Say &amp; go.</p>" in answer.text


class Yaml(falcon.media.BaseHandler):
    def serialize(self, media: Any, content_type: str | None) -> bytes:
        return f"title: {media['title']}".encode()


@pytest.mark.parametrize("accept", ["application/yaml", "text/html, application/yaml;q=0.5"])
def test_own_media_handlers(place: Place, accept: str) -> None:
    """Errors are written by the application's media handlers."""
    service = client()
    service.app.resp_options.media_handlers["application/yaml"] = Yaml()
    answer = service.simulate_post("/", headers={"Accept": accept})
    assert (answer.headers["Content-Type"], answer.text) == ("application/yaml", "title: <Who>?")


def test_own_media_handlers_and_a_browser(place: Place) -> None:
    """A client that accepts none of the application's types gets a page all the same."""
    service = client()
    service.app.resp_options.media_handlers["application/yaml"] = Yaml()
    answer = service.simulate_post("/", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_own_error_serializer(place: Place) -> None:
    """An error serializer of the application's own counts."""
    service = client()

    def serialize(
        request: falcon.Request, response: falcon.Response, error: falcon.HTTPError
    ) -> None:
        response.text = "mine"

    service.app.set_error_serializer(serialize)
    assert service.simulate_post("/").text == "mine"


class Failing:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        raise RuntimeError("it failed")


def test_failure(place: Place) -> None:
    """What an application does not catch is written to `wsgi.errors`, without secrets; once."""
    app = rocketpy.App()
    app.add_route("/", Failing())
    seen: list[BaseException] = []
    app.set_error_reporter(lambda _request, error, _parameters, _handled: seen.append(error))
    errors = io.StringIO()
    answer = falcon.testing.TestClient(app).simulate_get(
        "/", query_string="token=hunter2", wsgierrors=errors
    )
    assert (answer.status_code, answer.json) == (500, {"title": "500 Internal Server Error"})
    assert errors.getvalue().startswith("GET /?token=[redacted] failed: Traceback (most recent")
    assert errors.getvalue().count("RuntimeError: it failed") == 1
    assert [type(error) for error in seen] == [RuntimeError]


def test_own_log_of_errors(place: Place) -> None:
    """A request type that logs errors itself goes on doing so."""
    logged: list[str] = []

    class Mine(falcon.Request):
        def log_error(self, message: str) -> None:
            logged.append(message)

    app = rocketpy.App(request_type=Mine)
    app.add_route("/", Failing())
    falcon.testing.TestClient(app).simulate_get("/")
    assert len(logged) == 1


def test_type_parameters(place: Place) -> None:
    """As a type it takes what `falcon.App` takes, and the configuration's class."""

    class Settings(rocketpy.Config):
        greeting: str = "Hello"

    app: rocketpy.App[falcon.Request, falcon.Response, Settings] = rocketpy.App(Settings)
    other: falcon.App[falcon.Request, falcon.Response] = app
    assert app.config.greeting == "Hello"
    assert isinstance(other, rocketpy.App)
