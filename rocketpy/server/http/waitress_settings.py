"""The configuration in waitress's terms."""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

from waitress.adjustments import Adjustments

from rocketpy.common.body_limits import Bodies
from rocketpy.server.http.body_file import spill_to

if TYPE_CHECKING:
    from rocketpy.server.protocols import ServerSettings

SPARE_DESCRIPTORS = 64
"""Descriptors left to the application and to the interpreter when connections take the rest."""

MOST_DESCRIPTORS = 65536
"""To so many the limit is raised, where it may be. Some systems allow a billion, and programs that
the application starts may take long to close them all."""


def adjust(settings: ServerSettings) -> Adjustments:
    """Return the configuration's settings, as waitress's parser and tasks read it."""
    adjustments = Adjustments(
        # It opens no listener; else waitress would look addresses up, in each worker anew.
        listen="",
        ident=settings.ident,
        connection_limit=connection_limit(),
        # Headers reach the application as they were sent, as in Rocket; `ip_header` says which of
        # them to believe.
        clear_untrusted_proxy_headers=False,
        # An OSError of the application is logged and answered with 500 only when this is on.
        log_socket_errors=True,
        # `limits` say how large a body may be, each for its kind of data.
        max_request_body_size=sys.maxsize,
    )
    adjustments.bodies = Bodies(settings.limits)
    spill_to(os.fspath(settings.temp_dir))
    return adjustments


def connection_limit() -> int:
    """Take what open files the system allows; return how many connections there is room for.

    The soft limit is low for the sake of programs that use select(), which the server does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < MOST_DESCRIPTORS:
        soft = min(hard, MOST_DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(soft - SPARE_DESCRIPTORS, SPARE_DESCRIPTORS)
