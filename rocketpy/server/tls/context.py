"""TLS as the configuration has it: the certificates, the suites, what clients must show.

The section "TLS" of Rocket's guide. `ssl` is imported when a context is made, and not before: a
service without TLS need not have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.figment.error import Error
from rocketpy.server.tls import pem

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from rocketpy.config.keys.tls import Pem, TlsConfig
    from rocketpy.config.rocket_config import ServiceConfig

ALPN = "http/1.1"

_TLS_1_3 = frozenset(
    ("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")
)
_TLS_1_2 = {
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
}
"""The suites' names as rustls, and so Rocket, has them, and as OpenSSL has them."""

_NO_PROXY = "remove the tls table, or set ciphers = [], and let a proxy in front do HTTPS"

_WEAK = {
    "EE_KEY_TOO_SMALL": "its key is too short to be safe",
    "CA_KEY_TOO_SMALL": "an authority's key is too short to be safe",
    "CA_MD_TOO_WEAK": "it is signed over a digest that is not safe",
}
"""What OpenSSL's security level refuses a certificate for, by OpenSSL's word."""

_MISMATCH = {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}


def context(config: ServiceConfig) -> ssl.SSLContext:
    """Make what connections are encrypted with.

    Args:
        config: A configuration in which TLS is enabled.

    Returns:
        The context. Processes that are forked after this share its keys, so a session that was
        begun with one can be resumed with another.

    Raises:
        Error: Something cannot be used; all that is wrong is chained.
    """
    tls = config.tls
    if tls is None:
        raise ValueError("there is no tls table")
    try:
        import ssl
    except ImportError:
        text = "this executable is built without TLS"
        raise _error(
            config, "tls", text, f"build it with `rocketpy build --features tls`, or {_NO_PROXY}"
        ) from None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # Without this, a client can have the server do its expensive part again and again.
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.set_alpn_protocols([ALPN])
    steps: list[Callable[[ssl.SSLContext, TlsConfig, ServiceConfig], None]]
    steps = [_choose_suites, _load_pair, _ask_clients]
    errors = []
    for step in steps:
        try:
            step(made, tls, config)
        except Error as error:
            errors.append(error)
    if errors:
        raise Error.chain(link for error in errors for link in error)
    return made


def _error(config: ServiceConfig, key: str, text: str, help_: str) -> Error:
    error = Error(text, tuple(key.split(".")), tag=config.figment.find(key).tag, help=help_)
    return error.resolved(config.figment.profile)


def _choose_suites(made: ssl.SSLContext, tls: TlsConfig, config: ServiceConfig) -> None:
    import ssl

    if tls.prefer_server_cipher_order:
        made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    newer = _TLS_1_3.intersection(tls.ciphers)
    older = [_TLS_1_2[name] for name in tls.ciphers if name in _TLS_1_2]
    if not older:
        made.minimum_version = ssl.TLSVersion.TLSv1_3
    if not newer:
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    elif newer != _TLS_1_3:
        # Python cannot set in OpenSSL which; to offer one that is not named would be worse.
        left_out = ", ".join(sorted(_TLS_1_3 - newer))
        raise _error(
            config,
            "tls.ciphers",
            "the suites of TLS 1.3 can be had only together",
            f"name {left_out} too, or no suite of TLS 1.3",
        )
    if older:
        try:
            made.set_ciphers(":".join(older))
        except ssl.SSLError:
            text = "OpenSSL has none of these suites of TLS 1.2"
            raise _error(config, "tls.ciphers", text, "name others") from None


def _load_pair(made: ssl.SSLContext, tls: TlsConfig, config: ServiceConfig) -> None:
    import ssl

    found, errors = {}, []
    for key, value, read in (
        ("certs", tls.certs, _certificates),
        ("key", tls.key, pem.private_key),
    ):
        try:
            found[key] = read(value)
        except pem.BadPemError as bad:
            errors.append(_error(config, f"tls.{key}", bad.text, bad.help))
    if errors:
        raise Error.chain(errors)
    try:
        _load(made, tls, config, found["certs"] + found["key"])
    except ssl.SSLError as error:
        reason = error.reason or ""
        if reason in _WEAK:
            text = f"OpenSSL refuses this certificate: {_WEAK[reason]}"
            raise _error(config, "tls.certs", text, "have a new one issued") from None
        if reason in _MISMATCH:
            text = "this key is not the one of the first certificate in `certs`"
            help_ = "name the two that belong together; in `certs` the server's own comes first"
        else:
            text = f"OpenSSL cannot read this private key ({reason or error})"
            help_ = "allowed: one unencrypted RSA, ECDSA or Ed25519 key in PEM"
        raise _error(config, "tls.key", text, help_) from None


def _certificates(value: Pem) -> bytes:
    """Return certificates that OpenSSL can read.

    Raises:
        BadPemError: It cannot read them.
    """
    import ssl

    found = pem.certificates(value)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=found.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as error:
        what = "the array of bytes" if isinstance(value, bytes) else str(value)
        reason = getattr(error, "reason", "") or "not ASCII"
        raise pem.BadPemError(
            f"{what} has a damaged certificate ({reason})", "get a whole copy of it"
        ) from None
    return found


def _load(made: ssl.SSLContext, tls: TlsConfig, config: ServiceConfig, pair: bytes) -> None:
    """Load certificates and key.

    Raises:
        SSLError: They cannot be used.
        Error: There is no place to put them.
    """
    try:
        file = pem.as_file(pair, config.temp_dir)
        path = file.__enter__()
    except OSError as error:
        if not isinstance(tls.certs, bytes) and not isinstance(tls.key, bytes):
            made.load_cert_chain(tls.certs, tls.key, password=_no_password)
            return
        raise _error(
            config,
            "tls.key" if isinstance(tls.key, bytes) else "tls.certs",
            "bytes need a place from which OpenSSL can read them, and there is none: "
            f"/proc is not mounted, and temp_dir ({config.temp_dir}): {error.strerror}",
            "write paths of files, or mount /proc, or set temp_dir to a folder that can be written",
        ) from None
    try:
        made.load_cert_chain(path, password=_no_password)
    finally:
        file.__exit__(None, None, None)


def _no_password() -> str:
    """Keep OpenSSL from asking the terminal."""
    return ""


def _ask_clients(made: ssl.SSLContext, tls: TlsConfig, config: ServiceConfig) -> None:
    import ssl

    if tls.mutual is None:
        return
    try:
        authorities = _certificates(tls.mutual.ca_certs)
    except pem.BadPemError as bad:
        raise _error(config, "tls.mutual.ca_certs", bad.text, bad.help) from None
    made.load_verify_locations(cadata=authorities.decode("ascii"))
    made.verify_mode = ssl.CERT_REQUIRED if tls.mutual.mandatory else ssl.CERT_OPTIONAL
    # As in rustls, an authority that is named is trusted, be it itself signed by another.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
