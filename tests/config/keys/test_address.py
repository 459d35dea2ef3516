"""`address`: what is an IP address, and how it is printed."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocketpy.config.keys import address
from rocketpy.figment import Error
from rocketpy.figment.value import born


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "0.0.0.0", "::", "::1", "2001:DB8::A", "::ffff:10.0.0.1"]
)
def test_addresses_of_both_versions_are_read(text: str) -> None:
    """IPv4 and IPv6, digits in any case."""
    assert address.decode(born(text, None)) == ip_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "127.0.0", "127.0.0.1:80", "fe80::1%lo", "\u0661.0.0.1", " ::1", "01.0.0.1"],
)
def test_a_text_that_is_no_address_is_refused(text: str) -> None:
    """Neither names of hosts, ports, zones, nor what only Python takes."""
    with pytest.raises(Error) as raised:
        address.decode(born(text, None))
    assert str(raised.value) == "invalid IP address syntax"
    assert "127.0.0.1" in raised.value.help


@pytest.mark.parametrize(
    ("data", "found"), [(1, "signed int `1`"), (True, "bool true"), ([], "sequence"), ({}, "map")]
)
def test_what_is_no_text_is_refused(data: Any, found: str) -> None:
    """An address is a text, even where a number could be one."""
    with pytest.raises(Error) as raised:
        address.decode(born(data, None))
    assert str(raised.value) == f"invalid type: found {found}, expected IP address"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2001:DB8:0:0::A", "2001:db8::a"),
        ("::ffff:a00:1", "::ffff:10.0.0.1"),
    ],
)
def test_addresses_print_as_rust_prints_them(text: str, printed: str) -> None:
    """The shortest form; dots where IPv6 maps IPv4."""
    assert address.display(ip_address(text)) == printed


@given(st.ip_addresses())
@settings(max_examples=60, deadline=None)
def test_what_is_printed_reads_as_it_was(some: address.Address) -> None:
    """Printing and reading undo each other."""
    assert address.decode(born(address.display(some), None)) == some
