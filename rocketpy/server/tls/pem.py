"""PEM: certificates and keys, looked at before OpenSSL gets them, whose errors say little."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rocketpy.config.keys.tls import Pem

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)
_KEY_KINDS = {b"": "PKCS#8", b"RSA ": "PKCS#1", b"EC ": "SEC1"}
_DER = b"\x30"
"""The first byte of everything in DER."""


class BadPemError(Exception):
    """Something is no PEM of the kind that it should be.

    Attributes:
        text: What it is instead.
        help: What to do about it.
    """

    def __init__(self, text: str, help: str) -> None:
        super().__init__(text)
        self.text = text
        self.help = help


def certificates(pem: Pem) -> bytes:
    """Return the certificates of a file, or of bytes, and nothing else of it.

    Raises:
        BadPemError: It cannot be read, or there is none.
    """
    name, data = _read(pem)
    found = _CERTIFICATE.findall(data)
    if found:
        return b"\n".join([*found, b""])
    if _KEY.search(data):
        raise BadPemError(
            f"{name} has a private key and no certificate",
            "name the certificate here, and the key in `key`",
        )
    raise BadPemError(
        f"{name} has no certificate in PEM",
        "give PEM, which begins with -----BEGIN CERTIFICATE-----" + _convert("x509", pem, data),
    )


def private_key(pem: Pem) -> bytes:
    """Return the private key of a file, or of bytes, and nothing else of it.

    Raises:
        BadPemError: It cannot be read or is encrypted, or there is not exactly one.
    """
    name, data = _read(pem)
    found = [(match[0], match[1]) for match in _KEY.finditer(data)]
    if not found:
        if _CERTIFICATE.search(data):
            raise BadPemError(
                f"{name} has a certificate and no private key",
                "name the key here, and the certificate in `certs`",
            )
        raise BadPemError(
            f"{name} has no private key in PEM",
            "give PEM, which begins with -----BEGIN PRIVATE KEY-----" + _convert("pkey", pem, data),
        )
    if len(found) > 1:
        raise BadPemError(f"{name} has {len(found)} private keys", "leave the one of `certs`")
    key, kind = found[0]
    if kind == b"ENCRYPTED " or b"Proc-Type: 4,ENCRYPTED" in key:
        raise BadPemError(
            f"{name} is encrypted, and nobody is there to type its password",
            f"decrypt it: openssl pkey -in {_file(pem, 'key.pem')} -out plain.pem",
        )
    if kind not in _KEY_KINDS:
        kinds = ", ".join(_KEY_KINDS.values())
        raise BadPemError(
            f"{name} is a private key of the kind {kind.decode().strip()}", f"allowed: {kinds}"
        )
    return key + b"\n"


def _read(pem: Pem) -> tuple[str, bytes]:
    """Return what to call it in a sentence, and what is in it."""
    if isinstance(pem, bytes):
        return "the array of bytes", pem
    try:
        with open(pem, "rb") as file:
            return str(pem), file.read()
    except OSError as error:
        raise BadPemError(
            f"{pem} cannot be read: {error.strerror}",
            "write the path of a PEM file that this user may read; "
            "one in Rocket.toml is relative to the folder of Rocket.toml",
        ) from None
    except ValueError:  # a path with a NUL in it
        raise BadPemError(f"{str(pem)!r} is no path", "write the path of a PEM file") from None


def _convert(command: str, pem: Pem, data: bytes) -> str:
    if not data.startswith(_DER):
        return ""
    file = _file(pem, "file.der")
    return f"; this looks like DER: openssl {command} -inform der -in {file} -out file.pem"


def _file(pem: Pem, otherwise: str) -> str:
    return otherwise if isinstance(pem, bytes) else str(pem)


@contextlib.contextmanager
def as_file(data: bytes, folder: str | os.PathLike[str]) -> Iterator[str]:
    """Give the path of a file with these bytes, for OpenSSL, which loads keys from files alone.

    The file is in memory where the system has /proc, in which such a file has a path; so no key
    is written to a disk, and an image without a writable place will do.

    Args:
        data: What the file is to have.
        folder: Where it is put if it cannot be in memory.

    Raises:
        OSError: There is no place for it.
    """
    with contextlib.ExitStack() as stack:
        path = ""
        if hasattr(os, "memfd_create"):
            with contextlib.suppress(OSError):  # a kernel that forbids it
                descriptor = os.memfd_create("rocketpy-tls")
                stack.callback(os.close, descriptor)
                path = f"/proc/self/fd/{descriptor}"
        if not os.path.exists(path):
            import tempfile  # readable by this user alone, and imported slowly

            descriptor, path = tempfile.mkstemp(prefix="rocketpy-", dir=os.fspath(folder))
            stack.callback(os.close, descriptor)
            stack.callback(os.unlink, path)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield path
