"""Signed cookies: who the client says it is, believed because this service said so first.

$ rocketpy launch cookies:app
$ curl -c jar -X PUT 'http://127.0.0.1:8000/me?name=Ann'
$ curl -b jar http://127.0.0.1:8000/me
"""

import falcon

import rocketpy

app = rocketpy.App(media_type="text/plain; charset=utf-8")
cookies = rocketpy.SignedCookies(app.config)  # outside debug this needs a secret_key


class Me:
    """`/me`: put, get and delete a name."""

    def on_put(self, request: falcon.Request, response: falcon.Response) -> None:
        """Remember who it is."""
        cookies.set(response, "name", request.get_param("name", required=True))

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Say who it is."""
        name = cookies.get(request, "name")
        if name is None:
            raise falcon.HTTPUnauthorized(title="Who are you?", description="PUT /me?name=YOU")
        response.text = f"{name}, from {rocketpy.client_ip(request)}\n"

    def on_delete(self, _request: falcon.Request, response: falcon.Response) -> None:
        """Forget."""
        cookies.remove(response, "name")


app.add_route("/me", Me())

if __name__ == "__main__":
    raise SystemExit(rocketpy.launch(app))
