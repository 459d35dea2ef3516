"""What a forked process does: it serves, and then it ends without going back to the caller."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from rocketpy.common.exit_codes import ExitCode
from rocketpy.server.process.serve import work

if TYPE_CHECKING:
    import socket
    from wsgiref.types import WSGIApplication

    from rocketpy.server.loop.accept_balance import Share
    from rocketpy.server.observe.service_status import ServiceStatus
    from rocketpy.server.process.control import Superior
    from rocketpy.server.protocols import ServerSettings


def be_worker(  # noqa: PLR0913  (all that a process begins with)
    app: WSGIApplication,
    config: ServerSettings,
    listener: socket.socket,
    superior: Superior,
    *,
    share: Share,
    mask: set[int],
    status: ServiceStatus,
) -> NoReturn:
    """Serve in this process as the supervisor orders.

    Args:
        app: The application.
        config: The configuration.
        listener: The listening socket that the workers share.
        superior: The line to the supervisor.
        share: Its part in the connections.
        mask: The signals to block; all are until now.
        status: What the course of the service is reported to.
    """
    code: int = ExitCode.FAILED
    try:
        code = work(app, config, listener, superior, share=share, mask=mask, status=status)
    except BaseException:  # noqa: BLE001  (whatever it is, the supervisor's code must not run here)
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
