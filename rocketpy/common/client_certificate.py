"""What a client showed to say who it is (`tls.mutual`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRON_KEY = "rocketpy.client_certificate"
"""Where it is in the WSGI environment; absent where the client showed none."""

_SHORT = {
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
    "streetAddress": "STREET",
    "userId": "UID",
}
"""The attributes that RFC 4514, section 3, abbreviates."""


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate that is valid and signed by an authority of `tls.mutual.ca_certs`.

    Attributes:
        subject: whom it names, as RFC 4514 writes it: `CN=worker,O=Example`.
        issuer: who signed it.
        serial: its number, unique among those of the issuer.
        not_before: when it began to be valid.
        not_after: when it ends.
        names: the subject's other names, each with its kind: `("DNS", "worker.example")`.
        der: the certificate itself.
    """

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    names: tuple[tuple[str, str], ...]
    der: bytes = field(repr=False)

    @classmethod
    def of(cls, told: Mapping[str, Any], der: bytes) -> ClientCertificate:
        """Make one of what `ssl.SSLSocket.getpeercert` tells."""
        return cls(
            subject=_name(told["subject"]),
            issuer=_name(told["issuer"]),
            serial=int(told["serialNumber"], 16),
            not_before=_time(told["notBefore"]),
            not_after=_time(told["notAfter"]),
            names=tuple(told.get("subjectAltName", ())),
            der=der,
        )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    r"""Write a name, most specific part first.

    >>> print(_name(((("organizationName", "A+B"),), (("commonName", "x"),))).replace("\\", "|"))
    CN=x,O=A|+B
    """
    return ",".join(
        "+".join(f"{_SHORT.get(kind, kind)}={_escaped(value)}" for kind, value in part)
        for part in reversed(parts)
    )


def _escaped(value: str) -> str:
    return re.sub(r'([",+;<>\\]|^[ #]| $)', r"\\\1", value).replace("\0", r"\00")


def _time(text: str) -> datetime:
    """Read OpenSSL's form of a time.

    >>> _time("Jan  5 09:34:43 2018 GMT").isoformat()
    '2018-01-05T09:34:43+00:00'
    """
    import ssl

    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
