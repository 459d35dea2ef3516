"""HTTPS: over real connections, with certificates that are made for the test."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.processes import wait_for
from tests.support import SECONDS, Place, free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APP = """
import time

import falcon

import rocketpy


class Any:
    def on_get(self, request, response, path):
        certificate = getattr(request.context, "client_certificate", "not asked")
        who = getattr(certificate, "subject", certificate)
        response.text = f"{path} {request.scheme} {who}"

    def on_post(self, request, response, path):
        response.text = str(len(request.bounded_stream.read()))


class Large:
    def on_get(self, request, response):
        response.text = "x" * 3_000_000


class Slow:
    def on_get(self, request, response):
        time.sleep(0.5)
        response.text = "slow"


app = rocketpy.App()
app.add_route("/large", Large())
app.add_route("/slow", Slow())
app.add_route("/{path}", Any())
"""
CONFIG = """
[default]
address = "127.0.0.1"
port = %d
workers = %d
log_level = "off"
[default.limits]
bytes = "4MiB"
[default.tls]
certs = "private/certs.pem"
key = "private/key.pem"
%s
"""


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return who signs the certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def stranger() -> trustme.CA:
    """Return an authority that nobody trusts."""
    return trustme.CA()


class Https:
    """A service with TLS."""

    def __init__(self, place: Place, authority: trustme.CA) -> None:
        self.place = place
        self.authority = authority
        self.port = free_port()
        place.write("app.py", APP)
        (place.folder / "private").mkdir()
        self.certify()
        authority.cert_pem.write_to_path(place.folder / "private" / "ca.pem")
        self.process: Any = None

    def certify(self, *names: str) -> None:
        """Write a pair, for these names too."""
        pair = self.authority.issue_cert("localhost", *names, "127.0.0.1")
        private = self.place.folder / "private"
        pair.private_key_pem.write_to_path(private / "key.pem")
        certs = b"".join(blob.bytes() for blob in pair.cert_chain_pems)
        (private / "certs.pem").write_bytes(certs)

    def start(self, more: str = "", workers: int = 1) -> Https:
        """Launch, and wait until connections are taken."""
        self.place.write("Rocket.toml", CONFIG % (self.port, workers, more))
        self.process = self.place.start("launch")
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self.connect().close()
            except ConnectionRefusedError:
                assert self.process.poll() is None, self.process.communicate()
                assert time.monotonic() < deadline, "this took too long"
                time.sleep(0.02)
            else:
                return self

    def connect(self) -> socket.socket:
        """Connect, without TLS so far."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def context(self) -> ssl.SSLContext:
        """Return what a client of ours begins with."""
        made = ssl.create_default_context()
        self.authority.configure_trust(made)
        return made

    def encrypted(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """Connect, with TLS."""
        return (context or self.context()).wrap_socket(self.connect(), server_hostname="localhost")

    @contextlib.contextmanager
    def client(self, context: ssl.SSLContext | None = None) -> Any:
        """Give an HTTP client."""
        client = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=context or self.context(), timeout=SECONDS
        )
        with contextlib.closing(client):
            yield client

    def get(self, path: str, context: ssl.SSLContext | None = None) -> str:
        """Return what a path answers with."""
        with self.client(context) as client:
            client.request("GET", path)
            return str(client.getresponse().read().decode())

    def end(self) -> int:
        """Ask it to end; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return int(self.process.wait(SECONDS))


@pytest.fixture
def https(place: Place, authority: trustme.CA) -> Https:
    """Return a service that is yet to be started."""
    return Https(place, authority)


def test_requests_are_answered_over_one_connection(https: Https) -> None:
    """Keep-alive works, the scheme is told, and the service ends in order."""
    https.start()
    with https.client() as client:
        for path in ("a", "b"):
            client.request("GET", f"/{path}")
            assert client.getresponse().read().decode() == f"{path} https not asked"
    assert https.end() == 0


def test_several_workers_serve(https: Https) -> None:
    """What is made before the fork serves in every process."""
    https.start(workers=2)
    assert {https.get("/a") for _ in range(12)} == {"a https not asked"}
    assert https.end() == 0


def test_the_launch_lines_say_https(https: Https) -> None:
    """The address is one that a client can use as it stands."""
    https.place.env(ROCKET_LOG_LEVEL="normal")
    https.start()
    https.get("/a")
    https.end()
    out = https.process.communicate()[0]
    assert f"https://127.0.0.1:{https.port}" in out
    assert "tls: enabled w/o mtls" in out


def test_large_answers_and_bodies_come_whole(https: Https) -> None:
    """More than a record, and more than the kernel's buffers, both ways."""
    https.start()
    with https.client() as client:
        client.request("GET", "/large")
        assert len(client.getresponse().read()) == 3_000_000
        client.request("POST", "/a", body=b"y" * 2_000_000)
        assert client.getresponse().read() == b"2000000"


def test_requests_that_come_in_one_record_are_all_answered(https: Https) -> None:
    """What OpenSSL has decrypted is served, though the poller never hears of it."""
    https.start()
    count = 300
    one = b"GET /abcdefghijklmnopqrstuvwxyz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with https.encrypted() as connection:
        connection.sendall(one * count + last)
        answers = b""
        while part := connection.recv(65536):
            answers += part
    assert answers.count(b"HTTP/1.1 200 OK") == count + 1


def test_the_end_of_a_connection_is_told(https: Https) -> None:
    """A client can tell an end from a cut: it gets TLS's own end, not only TCP's."""
    https.start()
    raw = https.context().wrap_socket(
        https.connect(), server_hostname="localhost", suppress_ragged_eofs=False
    )
    with raw:
        raw.sendall(b"GET /a HTTP/1.0\r\n\r\n")
        while raw.recv(65536):
            pass


def test_plain_http_is_told_what_is_wrong(https: Https) -> None:
    """A request in plain HTTP is answered in plain HTTP, with 400."""
    https.start()
    with https.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTPS" in answer


@pytest.mark.parametrize(
    "sent", [b"\0" * 200, b"\x16\x03\x01", b"", b"\x16\x03\x01\x02\x00" + b"\0" * 512]
)
def test_what_is_no_handshake_harms_nobody(https: Https, sent: bytes) -> None:
    """Whoever sends rubbish, or half a handshake and no more, leaves the others alone."""
    https.start()
    with https.connect() as connection:
        connection.sendall(sent)
        assert https.get("/a") == "a https not asked"


def test_slow_handshakes_stall_nobody(https: Https) -> None:
    """Hundreds of connections that never shake hands leave the others alone."""
    https.start()
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(https.connect()).sendall(b"\x16\x03\x01\x02\x00\x01")
        assert https.get("/a") == "a https not asked"


def test_a_request_in_flight_is_answered_in_the_drain(https: Https) -> None:
    """SIGTERM cuts no request."""
    https.start()
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(https.get("/slow")))
    thread.start()
    time.sleep(0.3)
    assert https.end() == 0
    thread.join(SECONDS)
    assert answers == ["slow"]


def test_sessions_are_resumed(https: Https) -> None:
    """A client that comes back is spared the handshake's dear part, whichever worker it meets."""
    https.start(workers=2)
    context = https.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with https.encrypted(context) as connection:
        session = connection.session
    for _ in range(4):
        wrapped = context.wrap_socket(https.connect(), server_hostname="localhost", session=session)
        with wrapped:
            assert wrapped.session_reused


def test_http_1_1_is_agreed_upon(https: Https) -> None:
    """ALPN: of what a client offers, the one that is spoken here is chosen."""
    https.start()
    context = https.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with https.encrypted(context) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_the_suites_are_those_that_are_named(https: Https) -> None:
    """A suite that is named is spoken; no other, and no other version of TLS."""
    https.start(
        'ciphers = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", '
        '"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]'
    )
    with https.encrypted() as connection:
        name, _, _ = connection.cipher() or ("", "", 0)
        assert name in {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"}
        assert connection.version() == "TLSv1.2"
    other = https.context()
    other.maximum_version = ssl.TLSVersion.TLSv1_2
    other.set_ciphers("ECDHE+AESGCM+AES128")
    with pytest.raises(OSError, match=r"(?i)handshake|reset"):
        https.encrypted(other)


def test_old_tls_is_refused(https: Https) -> None:
    """TLS before 1.2 is not spoken, as in rustls."""
    https.start()
    context = https.context()
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(OSError, match=r"(?i)version|alert|reset|protocol"):
        https.encrypted(context)


def client_of(https: Https, authority: trustme.CA, name: str) -> ssl.SSLContext:
    """Return the context of a client that has a certificate."""
    context = https.context()
    authority.issue_cert(common_name=name, organization_name="Example").configure_cert(context)
    return context


@pytest.mark.parametrize("mandatory", [True, False])
def test_a_client_is_known_by_its_certificate(https: Https, *, mandatory: bool) -> None:
    """What the client showed is in the request's context."""
    https.start(
        f'[default.tls.mutual]\nca_certs = "private/ca.pem"\nmandatory = {str(mandatory).lower()}'
    )
    context = client_of(https, https.authority, "worker")
    assert https.get("/a", context).startswith("a https CN=worker,")


def test_a_client_without_a_certificate(https: Https) -> None:
    """Served where it may be without, and known to be nobody."""
    https.start('[default.tls.mutual]\nca_certs = "private/ca.pem"')
    assert https.get("/a") == "a https None"


@pytest.mark.parametrize("shown", [True, False])
def test_a_client_that_may_not(https: Https, stranger: trustme.CA, *, shown: bool) -> None:
    """Refused in the handshake: no certificate, or one of another authority."""
    https.start('[default.tls.mutual]\nca_certs = "private/ca.pem"\nmandatory = true')
    context = client_of(https, stranger, "worker") if shown else https.context()
    with pytest.raises(OSError, match=r"(?i)certificate|alert|reset|unknown ca|EOF"):
        https.get("/a", context)
    with pytest.raises(OSError, match=r"(?i)certificate|alert|reset|unknown ca|EOF|closed"):
        https.get("/a", context)


def test_reload_reads_the_certificates_again(https: Https) -> None:
    """After SIGHUP the new pair is shown, and no connection was refused meanwhile."""
    https.start()

    def names() -> list[str]:
        with https.encrypted() as connection:
            shown: Any = connection.getpeercert()
            return [value for _, value in shown["subjectAltName"]]

    assert "renewed" not in names()
    https.certify("renewed")
    https.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "renewed" in names())
    assert https.end() == 0


def _other_key(private: Path, authority: trustme.CA) -> None:
    authority.issue_cert("other").private_key_pem.write_to_path(private / "key.pem")


def _swapped(private: Path, _: trustme.CA) -> None:
    certs, key = private / "certs.pem", private / "key.pem"
    texts = certs.read_bytes(), key.read_bytes()
    key.write_bytes(texts[0])
    certs.write_bytes(texts[1])


def _no_pem(private: Path, _: trustme.CA) -> None:
    (private / "certs.pem").write_bytes(b"\x30\x82\x01\x01")


def _damaged(private: Path, _: trustme.CA) -> None:
    text = (private / "certs.pem").read_text()
    (private / "certs.pem").write_text(text.replace("\nMII", "\nMI", 1))


def _gone(private: Path, _: trustme.CA) -> None:
    (private / "key.pem").unlink()


def _encrypted(private: Path, _: trustme.CA) -> None:
    (private / "key.pem").write_text(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    )


@pytest.mark.parametrize(
    ("spoil", "key", "text"),
    [
        (_other_key, "tls.key", "not the one of the first certificate"),
        (_swapped, "tls.certs", "has a private key and no certificate"),
        (_swapped, "tls.key", "has a certificate and no private key"),
        (_no_pem, "tls.certs", "looks like DER"),
        (_damaged, "tls.certs", "damaged certificate"),
        (_gone, "tls.key", "cannot be read: No such file"),
        (_encrypted, "tls.key", "encrypted"),
    ],
)
def test_a_bad_pair_is_named(
    https: Https, spoil: Callable[[Path, trustme.CA], None], key: str, text: str
) -> None:
    """The start ends with 78, and with the key, the place and the fault; the key stays hidden."""
    spoil(https.place.folder / "private", https.authority)
    https.place.write("Rocket.toml", CONFIG % (https.port, 1, ""))
    done = https.place.run("launch")
    assert done.returncode == 78
    assert text in done.stderr
    assert key.replace("tls.", "") in done.stderr
    assert "Rocket.toml:" in done.stderr
    assert "MII" not in done.stderr


def test_the_pair_may_stand_in_the_configuration(https: Https) -> None:
    """Bytes instead of paths, as Rocket allows."""
    private = https.place.folder / "private"
    pair = {name: list((private / f"{name}.pem").read_bytes()) for name in ("certs", "key")}
    https.place.write(
        "Rocket.toml",
        f'[default]\naddress = "127.0.0.1"\nport = {https.port}\nworkers = 1\nlog_level = "off"\n'
        f"tls = {{ certs = {pair['certs']}, key = {pair['key']} }}\n",
    )
    https.process = https.place.start("launch")
    deadline = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            assert https.get("/a") == "a https not asked"
            break
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.02)


def test_part_of_the_suites_of_tls_1_3_cannot_be_had(https: Https) -> None:
    """What Python cannot tell OpenSSL is refused rather than half done."""
    https.place.write(
        "Rocket.toml", CONFIG % (https.port, 1, 'ciphers = ["TLS_AES_256_GCM_SHA384"]')
    )
    done = https.place.run("launch")
    assert done.returncode == 78
    assert "the suites of TLS 1.3 can be had only together" in done.stderr
    assert "TLS_AES_128_GCM_SHA256" in done.stderr


def test_the_probe_finds_it(https: Https) -> None:
    """`rocketpy health` speaks TLS where the service does."""
    https.start()
    done = https.place.run("health")
    assert done.returncode == 0
    assert f"https://127.0.0.1:{https.port}/healthz answered 200" in done.stdout


@pytest.mark.parametrize(
    "request_",
    [
        *(b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", b"PUT / HTTP/1.1\r\n\r\n"),
        *(b"DELETE / HTTP/1.1\r\n\r\n", b"OPTIONS * HTTP/1.1\r\n\r\n", b"PATCH / HTTP/1.1\r\n\r\n"),
        *(b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"TRACE / HTTP/1.0\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n"),
        *(b"HEAD / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n"),
    ],
)
def test_plain_http_with_any_method(https: Https, request_: bytes) -> None:
    """Its client reads why, whole, and no reset takes the answer away."""
    https.start()
    with https.connect() as connection:
        connection.sendall(request_)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert (b"HTTPS" in body) is not request_.startswith(b"HEAD")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_protocol_in_common(https: Https, version: ssl.TLSVersion) -> None:
    """A client that offers protocols, none of which is spoken here, is refused with an alert."""
    https.start()
    context = https.context()
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.0", "acme-tls/1"])
    with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
        https.encrypted(context)
    assert https.get("/a") == "a https not asked"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", [True, False])
def test_the_alert_of_a_refusal_arrives(
    https: Https, stranger: trustme.CA, version: ssl.TLSVersion, *, shown: bool
) -> None:
    """A client that may not connect reads which alert it was refused with, also after a request."""
    https.start('[default.tls.mutual]\nca_certs = "private/ca.pem"\nmandatory = true')
    context = client_of(https, stranger, "worker") if shown else https.context()
    context.minimum_version = context.maximum_version = version
    alert = "unknown.ca" if shown else "certificate.required|handshake.failure"

    def request() -> None:
        with https.encrypted(context) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            connection.sendall(b"a" * 100_000)
            connection.recv(1)

    for _ in range(3):
        with pytest.raises(ssl.SSLError, match=f"(?i){alert}"):
            request()
