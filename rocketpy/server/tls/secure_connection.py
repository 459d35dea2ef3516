"""Connections that are encrypted: TLS inside the engine's channels.

A connection is accepted as any other and takes its time for the handshake, during which the loop
serves the rest: what OpenSSL wants next is waited for by the poller, as are requests.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from rocketpy.common.client_certificate import ClientCertificate
from rocketpy.common.environ import CLIENT_CERTIFICATE
from rocketpy.server.http.wsgi_task import Task
from rocketpy.server.loop.connection import Channel
from rocketpy.server.loop.engine import Engine

if TYPE_CHECKING:
    from typing import Self

RECORD = 16384
"""Bytes of plain text in one record, at most (RFC 8446, section 5.1)."""

PLAIN = "HTTP_REQUEST"
"""OpenSSL's word for a client that speaks HTTP where TLS is expected."""

REFUSAL = b"This port speaks HTTPS; this was a request in plain HTTP.\n"
PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL)
)


class SecureListener(socket.socket):
    """A listening socket whose connections are encrypted.

    Attributes:
        context: what with.
    """

    context: ssl.SSLContext

    @classmethod
    def over(cls, listener: socket.socket, context: ssl.SSLContext) -> Self:
        """Take over a listening socket, which is detached."""
        made = cls(listener.family, listener.type, listener.proto, fileno=listener.detach())
        made.context = context
        made.settimeout(0)
        return made

    def dup(self) -> Self:
        """Give the same socket under another descriptor."""
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
    """What the engine uses of a socket, over TLS.

    OpenSSL's own locks do not keep two threads from one connection; here, the one that runs the
    handler may write while the leader reads.

    Args:
        connection: the connection, which does not block.
        context: what to encrypt with.

    Attributes:
        wants_write: Whether TLS has something to send before it can read on.
    """

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self.wants_write = False
        self._tls = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Give what does not depend on TLS: fileno, getsockopt and the like."""
        return getattr(self._tls, name)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive what is there, doing the handshake first.

        Args:
            size: bytes to read, at most; more when more are decrypted, since the poller does not
                know of those.
            flags: what the kernel is asked, of bytes that are encrypted still.

        Raises:
            BlockingIOError: Nothing is there yet.
            ConnectionError: The connection cannot go on.
        """
        if flags:
            return socket.socket.recv(self._tls, size, flags)
        with self._lock:
            self.wants_write = False
            try:
                data = self._tls.recv(size)
                while more := self._tls.pending():
                    data += self._tls.recv(more)
            except ssl.SSLError as error:
                self._translate(error)
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

    def _translate(self, error: ssl.SSLError) -> NoReturn:
        """Raise what a plain socket would."""
        if isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            self.wants_write = isinstance(error, ssl.SSLWantWriteError)
            raise BlockingIOError(errno.EWOULDBLOCK, "TLS has to wait") from None
        if error.reason == PLAIN:
            self._answer_plainly()
        raise ConnectionResetError(errno.ECONNRESET, str(error)) from None

    def _answer_plainly(self) -> None:
        """Tell a client that speaks HTTP; no secret is lost, for it is no TLS that it began."""
        with contextlib.suppress(OSError):
            socket.socket.send(self._tls, PLAIN_ANSWER)
            # What is left unread would reset the connection, and take the answer with it.
            socket.socket.recv(self._tls, RECORD)

    @functools.cached_property
    def certificate(self) -> ClientCertificate | None:
        """What the client showed in the handshake, if anything."""
        with self._lock:
            told, der = self._tls.getpeercert(), self._tls.getpeercert(binary_form=True)
        return ClientCertificate.of_peer(told, der) if told and der else None

    def _say_that_is_all(self) -> None:
        """Send TLS's end, by which the client knows that nothing was cut off."""
        with contextlib.suppress(OSError, ValueError):  # gone, or never shaken hands
            self._tls.unwrap()

    def shutdown(self, how: int) -> None:
        """Send no more; what still comes is read as it is, encrypted, to be dropped."""
        with self._lock:
            self._say_that_is_all()
            self._tls.shutdown(how)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._say_that_is_all()
            self._tls.close()


class SecureTask(Task):
    """Answers one request of an encrypted connection."""

    def get_environment(self) -> dict[str, Any]:
        """Give the WSGI environment, with the client's certificate."""
        environ = super().get_environment()
        certificate = self.channel.socket.certificate
        if certificate is not None:
            environ[CLIENT_CERTIFICATE] = certificate
        return environ


class SecureChannel(Channel):
    """One encrypted connection."""

    socket: Any
    task_class = SecureTask

    def __init__(self, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self.sendbuf_len = RECORD  # more would be copied each time, and not be taken

    def writable(self) -> bool:
        """Say whether to wait until the connection takes something."""
        return super().writable() or (self.socket is not None and self.socket.wants_write)

    def handle_write(self) -> None:
        """Send what the connection takes; what TLS itself has to send, first."""
        if self.socket.wants_write:
            self.handle_read()
            if self._fileno is None or not super().writable():
                return
        super().handle_write()


class SecureEngine(Engine):
    """An engine whose listener is a `SecureListener`."""

    channel_class = SecureChannel

    def __init__(self, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self.adj.url_scheme = "https"
