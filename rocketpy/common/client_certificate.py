"""The certificate by which a client identifies itself (`tls.mutual`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        subject: the name of its owner, as RFC 4514 writes it: `CN=worker,O=Example`.
        issuer: the name of the authority that signed it.
        serial: its number, unique among those of the issuer.
        not_before: the beginning of its validity.
        not_after: the end of its validity.
        names: the subject's other names, each with its kind: `("DNS", "worker.example")`.
        der: the certificate itself, in DER.
    """

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    names: tuple[tuple[str, str], ...]
    der: bytes = field(repr=False)

    @classmethod
    def of_peer(cls, fields: Mapping[str, Any], der: bytes) -> ClientCertificate:
        """Make one of what `ssl.SSLSocket.getpeercert` returns, as fields and as DER."""
        return cls(
            subject=_name(fields["subject"]),
            issuer=_name(fields["issuer"]),
            serial=int(fields["serialNumber"], 16),
            not_before=_time(fields["notBefore"]),
            not_after=_time(fields["notAfter"]),
            names=tuple(fields.get("subjectAltName", ())),
            der=der,
        )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    r"""Return a name as RFC 4514 writes it, most specific part first.

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
    """Return the time that a text in OpenSSL's form gives.

    >>> _time("Jan  5 09:34:43 2018 GMT").isoformat()
    '2018-01-05T09:34:43+00:00'
    """
    import ssl

    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
