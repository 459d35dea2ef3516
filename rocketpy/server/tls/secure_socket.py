"""Sockets that are encrypted, and otherwise what the loop expects of a socket.

A connection is accepted as any other and takes its time for the handshake, during which the loop
serves the rest: what OpenSSL wants next is waited for by the poller, as are requests.

Invariants: OpenSSL's own locks do not keep two threads from one connection, and the one that runs
the handler may write while the leader flushes; so `_lock` is held in every call of OpenSSL. The
other fields belong to the leader, which alone reads, and which writes `environ` before the first
request of the connection is handled.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from rocketpy.common.client_certificate import ClientCertificate
from rocketpy.common.environ import CLIENT_CERTIFICATE
from rocketpy.server.listener import Listener
from rocketpy.server.protocols import LingerError
from rocketpy.server.tls import client_hello
from rocketpy.server.tls.context import ALPN

if TYPE_CHECKING:
    from typing import Self

RECORD = 16384
"""Bytes of plain text in one record, at most (RFC 8446, section 5.1)."""

REFUSAL = b"This port speaks HTTPS; this was a request in plain HTTP.\n"
PLAIN_HEAD = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n" % len(REFUSAL)
)

NO_PROTOCOL = b"\x15\x03\x03\x00\x02\x02\x78"
"""A record with the fatal alert no_application_protocol (RFC 7301, section 3.2)."""


class SecureListener(Listener):
    """A listening socket whose connections are encrypted.

    Attributes:
        context: What with.
    """

    context: ssl.SSLContext

    @classmethod
    def over(cls, listener: Listener, context: ssl.SSLContext) -> Self:
        """Take over a listening socket, which is detached."""
        made = cls(listener.family, listener.type, listener.proto, fileno=listener.detach())
        made.context = context
        made.outlives = listener.outlives
        made.settimeout(0)
        return made

    def dup(self) -> Self:
        """Return the same socket under another descriptor."""
        return self.over(super().dup(), self.context)

    def accept(self) -> tuple[Any, Any]:
        """Accept a connection; its handshake is yet to come.

        Raises:
            OSError: As a plain socket's; also when the client has gone already.
        """
        connection, address = super().accept()
        connection.settimeout(0)
        try:
            return SecureSocket(connection, self.context), address
        except OSError:
            connection.close()
            raise


class SecureSocket:
    """What the loop uses of a socket, over TLS.

    Args:
        connection: The connection, which does not block.
        context: What to encrypt with.

    Attributes:
        wants_write: Whether TLS has something to send before it can read on.
        environ: What the connection adds to the WSGI environment: the client's certificate.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self.wants_write: bool = False
        self.environ: dict[str, Any] = {}
        self._tls = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._lock = threading.Lock()
        self._is_begun = False
        self._is_known = False

    def __getattr__(self, name: str) -> Any:
        """Give what does not depend on TLS: fileno, getsockopt and the like."""
        return getattr(self._tls, name)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive what is there, doing the handshake first.

        Args:
            size: Bytes to read, at most; more when more are decrypted, since the poller does not
                know of those.
            flags: Passed to the kernel, for bytes that are encrypted still.

        Raises:
            BlockingIOError: Nothing is there yet.
            LingerError: The connection cannot go on, and the client has been sent the reason.
            ConnectionError: The connection cannot go on.
        """
        if flags:
            return socket.socket.recv(self._tls, size, flags)
        with self._lock:
            if not self._is_begun:
                self._begin()
            self.wants_write = False
            try:
                data = self._tls.recv(size)
                while more := self._tls.pending():
                    data += self._tls.recv(more)
            except ssl.SSLError as error:
                self._translate(error)
            if not self._is_known:
                self._know_client()
            return data

    def send(self, data: bytes) -> int:
        """Send what the connection takes, one record at most; return how many bytes those are.

        Raises:
            BlockingIOError: It takes nothing now.
            ConnectionError: The connection cannot go on.
        """
        with self._lock:
            try:
                return self._tls.send(data[:RECORD])
            except ssl.SSLError as error:
                self._translate(error)

    def _begin(self) -> None:
        """Look at the first bytes, and refuse what TLS would refuse without a word.

        Raises:
            BlockingIOError: Not all of them are there yet.
            LingerError: They are no TLS, or offer nothing that is spoken here.
        """
        data = socket.socket.recv(self._tls, client_hello.HEADER + RECORD, socket.MSG_PEEK)
        if not data:
            return
        hello = client_hello.read(data)
        if hello.missing:
            # The poller is to be silent until the rest is there.
            self._wake_at(len(data) + hello.missing)
            raise BlockingIOError(errno.EWOULDBLOCK, "the first record is not whole")
        self._wake_at(1)
        self._is_begun = True
        if hello.method:
            # No secret is lost by an answer in plain HTTP: it is no TLS that the client began.
            self._refuse(PLAIN_HEAD if hello.method == "HEAD" else PLAIN_HEAD + REFUSAL)
        if hello.protocols is not None and ALPN.encode() not in hello.protocols:
            self._refuse(NO_PROTOCOL)

    def _wake_at(self, size: int) -> None:
        with contextlib.suppress(OSError):  # then the poller calls more often
            self._tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    def _refuse(self, answer: bytes) -> NoReturn:
        with contextlib.suppress(OSError):
            socket.socket.send(self._tls, answer)
        raise LingerError(errno.EPROTO, "the client begins no TLS that is spoken here")

    def _translate(self, error: ssl.SSLError) -> NoReturn:
        """Raise what a plain socket would."""
        if isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            self.wants_write = isinstance(error, ssl.SSLWantWriteError)
            raise BlockingIOError(errno.EWOULDBLOCK, "TLS has to wait") from None
        if isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError):
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from None
        # OpenSSL has sent an alert. To close while the client still sends would take it away.
        raise LingerError(errno.EPROTO, str(error)) from None

    def _know_client(self) -> None:
        """Note what the client showed in the handshake."""
        self._is_known = True
        shown, der = self._tls.getpeercert(), self._tls.getpeercert(binary_form=True)
        certificate = ClientCertificate.of_peer(shown, der) if shown and der else None
        if certificate is not None:
            self.environ[CLIENT_CERTIFICATE] = certificate

    def _end_tls(self) -> None:
        """Send TLS's end, by which the client knows that nothing was cut off."""
        with contextlib.suppress(OSError, ValueError):  # gone, or never shaken hands
            self._tls.unwrap()

    def shutdown(self, how: int) -> None:
        """Send no more; what still comes is read as it is, encrypted, to be dropped.

        Args:
            how: SHUT_WR ends TLS too; SHUT_RDWR cuts the connection off.
        """
        with self._lock:
            if how == socket.SHUT_WR:
                self._end_tls()
                self._is_begun = self._is_known = True
                self._tls.shutdown(how)
            else:
                socket.socket.shutdown(self._tls, how)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._end_tls()
            self._tls.close()

    def close_after_fork(self) -> None:
        """Close it in a process that a handler forked, without a word to the client."""
        self._tls.close()
