"""`tls`: HTTPS and client certificates."""

from __future__ import annotations

from typing import Any

import pytest

from rocketpy.config.keys import tls
from rocketpy.config.keys.path import RelativePath
from rocketpy.config.keys.tls import CIPHERS, MutualTls, TlsConfig
from rocketpy.figment import Error
from rocketpy.figment.value import Empty, born

GIVEN: dict[str, Any] = {"certs": "c", "key": "k"}
CERTS, KEY = RelativePath("c", "c"), RelativePath("k", "k")


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (Empty.NONE, None),
        (GIVEN, TlsConfig(CERTS, KEY)),
        ({"certs": [1, 2], "key": []}, TlsConfig(b"\x01\x02", b"")),
        (GIVEN | {"ciphers": []}, TlsConfig(CERTS, KEY, ())),
        (
            GIVEN | {"ciphers": [CIPHERS[3], CIPHERS[0], CIPHERS[3]]},
            TlsConfig(CERTS, KEY, (CIPHERS[3], CIPHERS[0])),
        ),
        (
            GIVEN | {"prefer_server_cipher_order": True},
            TlsConfig(CERTS, KEY, prefer_server_cipher_order=True),
        ),
        (GIVEN | {"mutual": None}, TlsConfig(CERTS, KEY)),
        (GIVEN | {"mutual": {"ca_certs": "c"}}, TlsConfig(CERTS, KEY, mutual=MutualTls(CERTS))),
        (
            GIVEN | {"mutual": {"ca_certs": [7], "mandatory": "true"}},
            TlsConfig(CERTS, KEY, mutual=MutualTls(b"\x07", mandatory=True)),
        ),
        (["c", "k", [], False, ["c"]], TlsConfig(CERTS, KEY, (), mutual=MutualTls(CERTS))),
    ],
)
def test_tables_are_read(data: Any, read: TlsConfig | None) -> None:
    """Paths or bytes; suites once each, in the order given; a table or an array."""
    assert tls.decode(born(data, None)) == read


@pytest.mark.parametrize(
    ("data", "path", "problem"),
    [
        (5, (), "invalid type: found signed int `5`, expected struct TlsConfig"),
        ({"certs": "c"}, (), "missing field `key`"),
        (["c"], (), "invalid length 1, expected struct TlsConfig with 5 elements"),
        (GIVEN | {"ciphers": ["x"]}, ("ciphers", "0"), "unknown variant: found `x`"),
        (GIVEN | {"ciphers": "x"}, ("ciphers",), 'found string "x", expected a set'),
        (
            GIVEN | {"prefer_server_cipher_order": 1},
            ("prefer_server_cipher_order",),
            "found signed int `1`, expected a boolean",
        ),
        (GIVEN | {"mutual": {}}, ("mutual",), "missing field `ca_certs`"),
        (GIVEN | {"mutual": True}, ("mutual",), "found bool true, expected struct MutualTls"),
        (
            {"certs": "c", "key": 5},
            ("key",),
            "found signed int `5`, expected path string; invalid type: found signed int `5`,",
        ),
        (
            {"certs": "c", "key": [1, 256]},
            ("key",),
            "found sequence, expected path string; invalid value signed int `256`, expected u8",
        ),
    ],
)
def test_tables_are_refused(data: Any, path: tuple[str, ...], problem: str) -> None:
    """What is neither a path nor bytes is reported as both, as figment does."""
    with pytest.raises(Error) as raised:
        tls.decode(born(data, None))
    assert raised.value.path == path
    assert problem in str(raised.value)


def test_it_shows_no_key() -> None:
    """A key that is given as bytes is counted, not shown."""
    config = tls.decode(born({"certs": "c", "key": [1, 2, 3]}, None))
    assert repr(config) == "TlsConfig(certs=c, key=[3 bytes], …)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "disabled"),
        (TlsConfig(CERTS, KEY, ()), "disabled"),
        (TlsConfig(CERTS, KEY), "enabled w/o mtls"),
        (TlsConfig(CERTS, KEY, mutual=MutualTls(CERTS)), "enabled w/mtls"),
    ],
)
def test_the_words_of_a_launch(given: TlsConfig | None, words: str) -> None:
    """The launch lines have Rocket's words."""
    assert tls.display(given) == words
