"""Where a request comes from."""

from __future__ import annotations

from typing import Any

import falcon
import falcon.testing
import pytest

import rocketpy


class Where:
    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.text = str(rocketpy.client_ip(request))


def send(app: rocketpy.App[Any], headers: dict[str, str], peer: str = "10.0.0.9") -> str:
    app.add_route("/", Where())
    client = falcon.testing.TestClient(app)
    return client.simulate_get("/", headers=headers, remote_addr=peer).text


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        (" 192.0.2.7\t", "192.0.2.7"),
        ("192.0.2.7, 192.0.2.8", "10.0.0.9"),  # a list, or a header that was sent twice
        ("192.0.2.7:4711", "10.0.0.9"),
        ("[2001:db8::7]", "10.0.0.9"),
        ("192.0.2.007", "10.0.0.9"),
        ("fe80::1%eth0", "10.0.0.9"),
        ("localhost", "10.0.0.9"),
        ("", "10.0.0.9"),
    ],
)
def test_header(place: Any, value: str, address: str) -> None:
    """The header counts when it is one address and nothing else."""
    assert send(rocketpy.App(), {"X-Real-IP": value}) == address


def test_no_header(place: Any) -> None:
    """Without the header it is the other end of the connection."""
    assert send(rocketpy.App(), {}) == "10.0.0.9"


def test_other_header(place: Any) -> None:
    """`ip_header` names the header; no other counts."""
    place.write("Rocket.toml", '[default]\nip_header = "Cf-Connecting-IP"\n')
    headers = {"X-Real-IP": "192.0.2.1", "CF-Connecting-IP": "192.0.2.2"}
    assert send(rocketpy.App(), headers) == "192.0.2.2"


def test_off(place: Any) -> None:
    """`ip_header = false`: no header is believed."""
    place.write("Rocket.toml", "[default]\nip_header = false\n")
    assert send(rocketpy.App(), {"X-Real-IP": "192.0.2.1"}) == "10.0.0.9"


def test_no_address_known(place: Any) -> None:
    """A server that gives no address is accepted."""
    assert send(rocketpy.App(), {}, peer="pipe") == "None"


def test_users_request_type(place: Any) -> None:
    """A request type of the application's own stays what it is."""

    class Mine(falcon.Request):
        def who(self) -> str:
            return f"mine from {rocketpy.client_ip(self)}"

    class Who:
        def on_get(self, request: Mine, response: falcon.Response) -> None:
            response.text = request.who()

    app = rocketpy.App(request_type=Mine)
    app.add_route("/", Who())
    answer = falcon.testing.TestClient(app).simulate_get("/", remote_addr="10.0.0.9")
    assert answer.text == "mine from 10.0.0.9"


def test_other_application(place: Any) -> None:
    """Any Falcon application's request will do, with a configuration."""
    request = falcon.testing.create_req(headers={"X-Real-IP": "192.0.2.1"})
    with pytest.raises(TypeError, match="give the configuration"):
        rocketpy.client_ip(request)
    assert str(rocketpy.client_ip(request, rocketpy.Config())) == "192.0.2.1"
