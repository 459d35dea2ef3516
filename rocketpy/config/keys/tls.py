"""`tls`: HTTPS, and what clients must show for it (`mutual`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rocketpy.config.keys import path
from rocketpy.config.keys.path import RelativePath
from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import (
    Field,
    Option,
    Struct,
    boolean,
    loose_boolean,
    refuse,
    sequence,
    u8,
    variant,
)
from rocketpy.figment.error import Error
from rocketpy.figment.kind import message
from rocketpy.figment.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

CIPHERS = (
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
)
"""The cipher suites that can be named, in the order of preference; all are the default."""

Pem = RelativePath | bytes
"""Certificates or a key: the path of a PEM file, or its bytes."""


class MutualTls(NamedTuple):
    """What clients must show.

    Attributes:
        ca_certs: the authorities that may have signed a client's certificate.
        mandatory: whether a client without one is refused.
    """

    ca_certs: Pem
    mandatory: bool = False


class TlsConfig(NamedTuple):
    """HTTPS; the section "TLS" of Rocket's guide.

    Attributes:
        certs: the certificate chain.
        key: the private key.
        ciphers: the suites that are offered; none turns TLS off.
        prefer_server_cipher_order: whether the server's order counts, not the client's.
        mutual: what clients must show, or None.
    """

    certs: Pem
    key: Pem
    ciphers: tuple[str, ...] = CIPHERS
    prefer_server_cipher_order: bool = False
    mutual: MutualTls | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, decode, _without_key)

    def __repr__(self) -> str:
        return f"TlsConfig(certs={_shown(self.certs)}, key={_shown(self.key)}, …)"


def _shown(pem: Pem) -> str:
    return f"[{len(pem)} bytes]" if isinstance(pem, bytes) else str(pem)


def is_enabled(tls: TlsConfig | None) -> bool:
    """Whether HTTPS is served: there is a `tls` table, and ciphers in it."""
    return tls is not None and bool(tls.ciphers)


def is_mutual(tls: TlsConfig | None) -> bool:
    """Whether HTTPS is served and the server requests client certificates."""
    return tls is not None and is_enabled(tls) and tls.mutual is not None


def display(tls: TlsConfig | None) -> str:
    """Return Rocket's words for it in the launch lines."""
    if not is_enabled(tls):
        return "disabled"
    return "enabled w/mtls" if is_mutual(tls) else "enabled w/o mtls"


def describe(tls: TlsConfig | None) -> dict[str, Any] | None:
    """Return it as `config dump` prints it; a key that is given as bytes is in it."""
    if tls is None:
        return None
    mutual = tls.mutual
    return {
        "certs": _described(tls.certs),
        "key": _described(tls.key),
        "ciphers": list(tls.ciphers),
        "prefer_server_cipher_order": tls.prefer_server_cipher_order,
        "mutual": mutual
        and {"ca_certs": _described(mutual.ca_certs), "mandatory": mutual.mandatory},
    }


def _without_key(tls: TlsConfig) -> dict[str, Any] | None:
    return describe(tls._replace(key=b"") if isinstance(tls.key, bytes) else tls)


def _described(pem: Pem) -> dict[str, Any]:
    return {"bytes": list(pem)} if isinstance(pem, bytes) else {"path": pem.resolved}


def _pem(value: Value) -> Pem:
    if isinstance(value.data, str):
        return path.resolve(str(value.data), value)
    try:
        return bytes(sequence(u8)(value))
    except Error as error:
        # figment joins what both readings say, and loses where in an array it was.
        as_path = f"{_as_path(value)}; {error.kind}"
        raise refuse(value, message(as_path), "write the path of a PEM file in quotes") from None


def _as_path(value: Value) -> str:
    try:
        path.decode(value)
    except Error as error:
        return str(error.kind)
    raise AssertionError("a text is a path")


def _ciphers(value: Value) -> tuple[str, ...]:
    names = sequence(variant("CipherSuite", CIPHERS), "a set")(value)
    return tuple(dict.fromkeys(names))


_mutual = Struct(
    "MutualTls",
    MutualTls,
    {"ca_certs": Field(_pem), "mandatory": Field(loose_boolean, default=False)},
)

_tls = Struct(
    "TlsConfig",
    TlsConfig,
    {
        "certs": Field(_pem),
        "key": Field(_pem),
        "ciphers": Field(_ciphers, CIPHERS),
        "prefer_server_cipher_order": Field(boolean, default=False),
        "mutual": Field(Option(_mutual), None),
    },
)

decode: Callable[[Value], TlsConfig | None] = Option(_tls)
