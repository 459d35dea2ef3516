"""The exception hook: a configuration that cannot be used is reported without a traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rocketpy.common.exit_codes import ExitCode
from rocketpy.figment.error import Error

if TYPE_CHECKING:
    from types import TracebackType


def report_without_traceback() -> None:
    """Have an `Error` that nothing catches end the process with 78 and a report of all errors."""
    sys.excepthook = _report


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report a configuration that cannot be used; print any other error as Python does."""
    if not isinstance(error, Error):
        sys.__excepthook__(kind, error, trace)
        return
    from rocketpy.config.report import report

    print(report(error), file=sys.stderr, flush=True)
    raise SystemExit(ExitCode.BAD_CONFIG)
