"""A configuration that cannot be used, told without a traceback where nothing catches the error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from types import TracebackType


def tell_instead_of_traceback() -> None:
    """Have an `Error` that nothing catches end the process with 78, and all that is wrong told."""
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End the process for a configuration that cannot be used; print anything else as ever."""
    if not isinstance(error, Error):
        sys.__excepthook__(kind, error, trace)
        return
    from rocketpy.config.report import report

    print(report(error), file=sys.stderr, flush=True)
    raise SystemExit(ExitCode.BAD_CONFIG)
