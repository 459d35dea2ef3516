"""Cookies that only the service can have made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import falcon
import falcon.testing
import pytest

import rocketpy
from rocketpy.config.keys.secret_key import PUBLISHED

if TYPE_CHECKING:
    from falcon.testing import TestClient

    from tests.support import Place

KEY = "8Xui8SN4mI+7egV/9dlfYYLGQJeEx4+DwmSQLwDVXJg="
OTHER = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
APP = """
import rocketpy
app = rocketpy.App()
cookies = rocketpy.SignedCookies(app.config)
if __name__ == "__main__":
    rocketpy.launch(app)
"""


class Resource:
    """Sets what the query says, and returns what the cookie says."""

    def __init__(self, cookies: rocketpy.SignedCookies) -> None:
        self.cookies = cookies

    def on_put(self, request: falcon.Request, response: falcon.Response) -> None:
        self.cookies.set(response, "user", request.get_param("value", required=True))

    def on_delete(self, request: falcon.Request, response: falcon.Response) -> None:
        self.cookies.remove(response, "user")

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.media = self.cookies.get(request, request.get_param("name") or "user")


def client(**keys: Any) -> TestClient:
    """Make an application with these keys in its configuration."""
    options = {"max_age": keys.pop("max_age")} if "max_age" in keys else {}
    app = rocketpy.App(rocketpy.Config.load(keys.pop("profile", None), **keys))
    app.add_route("/", Resource(rocketpy.SignedCookies(app.config, **options)))
    return falcon.testing.TestClient(app)


def cookie(service: TestClient, value: str = "ann") -> str:
    """Have a cookie set; return its text."""
    return str(service.simulate_put("/", params={"value": value}).cookies["user"].value)


def read(service: TestClient, *texts: str, name: str = "user") -> Any:
    headers = {"Cookie": "; ".join(f"{name}={text}" for text in texts)}
    return service.simulate_get("/", headers=headers, params={"name": name}).json


@pytest.mark.parametrize("value", ["ann", 'Ünï ; , = " \n', "", "x" * 2000])
def test_round_trip(place: Place, value: str) -> None:
    """What was set is read, whatever text it is."""
    service = client(secret_key=KEY)
    assert read(service, cookie(service, value)) == value


def test_changed(place: Place) -> None:
    """A cookie of which one character was changed is none."""
    service = client(secret_key=KEY)
    text = cookie(service)
    for place_ in range(0, len(text), 5):
        letter = "A" if text[place_] != "A" else "B"
        assert read(service, text[:place_] + letter + text[place_ + 1 :]) is None
    assert read(service, "ann") is None
    assert read(service, "") is None
    assert read(service) is None


def test_other_name(place: Place) -> None:
    """A value is good for its own name alone."""
    service = client(secret_key=KEY)
    assert read(service, cookie(service), name="admin") is None


def test_planted_beside(place: Place) -> None:
    """A false cookie of the same name does not hide the true one."""
    service = client(secret_key=KEY)
    assert read(service, "false", cookie(service)) == "ann"


def test_other_key(place: Place) -> None:
    """A cookie of another service is none."""
    assert read(client(secret_key=OTHER), cookie(client(secret_key=KEY))) is None


def test_rotation(place: Place) -> None:
    """What a previous key signed is believed; the new key signs."""
    rotated = client(secret_key=OTHER, previous_secret_keys=[KEY])
    assert read(rotated, cookie(client(secret_key=KEY))) == "ann"
    assert read(client(secret_key=OTHER), cookie(rotated)) == "ann"
    assert read(client(secret_key=KEY), cookie(rotated)) is None


def test_age(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service itself forgets a cookie that is too old, whatever the browser does."""
    service = client(secret_key=KEY)
    text = cookie(service)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 6 * 24 * 3600)
    assert read(service, text) == "ann"
    monkeypatch.setattr(time, "time", lambda: now + 8 * 24 * 3600)
    assert read(service, text) is None
    assert read(client(secret_key=KEY, max_age=None), text) == "ann"


def test_attributes(place: Place) -> None:
    """By default: the whole site, no scripts, this site alone, a week."""
    set_ = client(secret_key=KEY).simulate_put("/", params={"value": "ann"}).cookies["user"]
    assert (set_.path, set_.http_only, set_.same_site, set_.max_age) == (
        "/",
        True,
        "Strict",
        604800,
    )


@pytest.mark.parametrize(("profile", "secure"), [("debug", 0), ("staging", 1)])
def test_secure(place: Place, profile: str, secure: int) -> None:
    """Outside `debug` a cookie is for HTTPS alone."""
    answer = client(secret_key=KEY, profile=profile).simulate_put("/", params={"value": "ann"})
    assert bool(answer.cookies["user"].secure) == secure


def test_too_large(place: Place) -> None:
    """What browsers would drop without a word is refused."""
    cookies = rocketpy.SignedCookies(rocketpy.Config(secret_key=KEY))
    with pytest.raises(ValueError, match="4096"):
        cookies.set(falcon.Response(), "user", "".join(map(chr, range(64, 4064))))


def test_removed(place: Place) -> None:
    """Removing has the browser drop it."""
    gone = client(secret_key=KEY).simulate_delete("/").cookies["user"]
    assert (gone.value, gone.path) == ("", "/")


def test_debug_makes_a_key(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """In `debug` a key is made, with a warning; each process has another."""
    service = client(profile="debug")
    assert "without a stable `secret_key`" in capsys.readouterr().err
    text = cookie(service)
    assert read(service, text) == "ann"
    assert read(client(profile="debug"), text) is None


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "missing field `secret_key`"),
        ({"secret_key": "0" * 64}, "missing field"),
        ({"secret_key": PUBLISHED}, "a key that was never published"),
        (
            {"secret_key": KEY, "previous_secret_keys": [PUBLISHED]},
            "a key that was never published",
        ),
    ],
)
def test_refused_outside_debug(place: Place, keys: dict[str, Any], words: str) -> None:
    """Other profiles have a key of their own, or no cookies."""
    with pytest.raises(rocketpy.Error, match=words):
        client(profile="release", **keys)


def test_service_does_not_start(place: Place) -> None:
    """The refusal is one at the start, with 78 and without a traceback."""
    place.write("app.py", APP)
    done = place.run("launch", env={"ROCKET_PROFILE": "release"})
    assert done.returncode == 78
    assert "missing field `secret_key`" in done.stderr
    assert "signed cookies need it outside debug" in done.stderr
    assert "Traceback" not in done.stderr


def test_published_key_does_not_start(place: Place) -> None:
    """Nor does a service start with the published key, whether it sets cookies or not."""
    place.write("app.py", "import rocketpy\napp = rocketpy.App()\n")
    done = place.run("launch", env={"ROCKET_PROFILE": "release", "ROCKET_SECRET_KEY": PUBLISHED})
    assert done.returncode == 78
    assert "everybody knows this one" in done.stderr
    assert PUBLISHED not in done.stderr
