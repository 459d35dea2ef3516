"""The listeners of a service: opened as the configuration says, handed over, or inherited."""

from __future__ import annotations

import os
from errno import EADDRINUSE
from typing import TYPE_CHECKING, NamedTuple

from rocketpy.config.keys.extra_keys import health_of, listen_of
from rocketpy.server.listener import (
    ListenError,
    adopt,
    bind,
    bind_unix,
    join,
    place_of,
    remove_socket,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.config.keys.extra_keys import Listen
    from rocketpy.config.rocket_config import ServiceConfig
    from rocketpy.server.listener import Listener

ACTIVATED = "ROCKETPY_ACTIVATED"
"""The environment variable by which a reload knows that systemd chose the listeners."""


class Listeners(NamedTuple):
    """Open listening sockets.

    Attributes:
        sockets: The sockets.
        paths: The files of Unix sockets that were made.
    """

    sockets: list[Listener]
    paths: list[str]


def open_listeners(config: ServiceConfig) -> Listeners:
    """Open what `listen` lists; without it, take systemd's sockets, or else `address` and `port`.

    Raises:
        ListenError: If one of them cannot be opened; then none is open.
    """
    opened = Listeners([], [])
    try:
        for entry in listen_of(config):
            opened.sockets.append(_open(entry))
            if entry.path is not None:
                opened.paths.append(entry.path)
        if not opened.sockets:
            activated = _activated()
            opened.sockets.extend(map(adopt, activated))
            if activated:
                os.environ[ACTIVATED] = "1"
            else:
                opened.sockets.append(bind(config.address, config.port))
    except BaseException:
        for listener in opened.sockets:
            listener.close()
        for path in opened.paths:
            remove_socket(path)
        raise
    return opened


def _activated() -> list[int]:
    if "LISTEN_FDS" not in os.environ:
        return []
    from rocketpy.server.process.systemd import activated_descriptors

    return activated_descriptors(os.environ)


def refused_places(config: ServiceConfig) -> list[ListenError]:
    """Return why the TCP places of a configuration cannot be listened on, without listening.

    A place that is taken is none of these: what is there may be the service itself, which is about
    to be reloaded.
    """
    places = [(entry.address, entry.port, True) for entry in listen_of(config) if entry.address]
    if not listen_of(config) and "LISTEN_FDS" not in os.environ:
        places.append((config.address, config.port, False))
    health = health_of(config)
    if health.enabled and health.port is not None:
        places.append((config.address, health.port, False))
    refused = []
    for address, port, dual_stack in places:
        try:
            bind(address, port, dual_stack=dual_stack, listens=False).close()
        except ListenError as error:
            if not isinstance(error.__cause__, OSError) or error.__cause__.errno != EADDRINUSE:
                refused.append(error)
    return refused


def _open(entry: Listen) -> Listener:
    if entry.path is not None:
        return bind_unix(entry.path, entry.mode, entry.owner)
    if entry.address is not None:
        return bind(entry.address, entry.port, dual_stack=True)
    return adopt(entry.descriptor or 0)


def unmet_places(config: ServiceConfig, listeners: Sequence[Listener]) -> list[str]:
    """Return where a configuration wants to listen, and none of the inherited listeners does."""
    if ACTIVATED in os.environ and not listen_of(config):
        return []
    have = {place_of(listener) for listener in listeners}
    wanted = []
    for entry in listen_of(config):
        if entry.path is not None:
            wanted.append(f"unix:{entry.path}")
        elif entry.address is not None and entry.port:
            wanted.append(join(entry.address, entry.port))
    if not listen_of(config):
        if config.port:
            wanted = [join(config.address, config.port)]
        elif not any(place.startswith(join(config.address, 0)[:-1]) for place in have):
            wanted = [join(config.address, 0)]
    return [place for place in wanted if place not in have]
