"""The demo: a landing page and a greeting."""

import falcon

import rocketpy

LANDING = """\
This is a dummy landing page for our Rocket web server.

Try /api/hello?name=YOUR_NAME
"""


class Index:
    """`GET /`."""

    def on_get(self, _request: falcon.Request, response: falcon.Response) -> None:
        """Return the landing page."""
        response.text = LANDING


class Hello:
    """`GET /api/hello?name=N&occupation=O`."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Return a greeting."""
        name = request.get_param("name")
        occupation = request.get_param("occupation")
        if name is None:
            raise falcon.HTTPUnprocessableEntity(
                title="Who are you?",
                description="The query parameter `name` is missing: /api/hello?name=YOUR_NAME",
            )
        if occupation is None:
            response.text = (
                f"Hello {name}! You can also provide your occupation as a query parameter.\n"
            )
        else:
            response.text = f"Hello {name}, you are a {occupation}.\n"


app = rocketpy.App(media_type="text/plain; charset=utf-8")
app.add_route("/", Index())
app.add_route("/api/hello", Hello())

if __name__ == "__main__":
    raise SystemExit(rocketpy.launch(app))
