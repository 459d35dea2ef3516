"""`address`: the IP address to serve on."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from rocketpy.figment.decode import refuse, string
from rocketpy.figment.kind import message
from rocketpy.figment.value import Value

Address = IPv4Address | IPv6Address

_HELP = 'an IP address, such as "127.0.0.1", "0.0.0.0" for every interface, "::1"'


def decode(value: Value) -> Address:
    """Read an IPv4 or IPv6 address; a host's name is none.

    Raises:
        Error: the value is no text, or the text no address.
    """
    text = string(value, "IP address", help=_HELP)
    # Python also takes a zone (`fe80::1%eth0`), and digits that are not ASCII.
    if re.fullmatch("[0-9a-fA-F.:]+", text):
        try:
            return ip_address(text)
        except ValueError:
            pass
    raise refuse(value, message("invalid IP address syntax"), f"write {_HELP}")


def display(address: Address) -> str:
    """Print an address as Rust does: one that maps IPv4 into IPv6 shows it with dots.

    >>> display(ip_address("::ffff:10.0.0.1"))
    '::ffff:10.0.0.1'
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)
