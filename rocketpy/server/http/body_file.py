"""Where bodies go that are too large for memory: a file without a name in `temp_dir`.

An image from scratch has no folder to write to, so where `temp_dir` cannot be written the file is
one of anonymous memory, which `limits` keep from growing without bound.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from waitress.buffers import TempfileBasedBuffer

if TYPE_CHECKING:
    from typing import BinaryIO


def spill_to(folder: str) -> None:
    """Have what overflows waitress's buffers, in this process, go to a folder.

    waitress gets its file from `tempfile`, which looks at TMPDIR and fails in an image that has
    none of the folders it tries; and it has no setting to say otherwise.
    """

    def newfile(_buffer: Any) -> BinaryIO:
        return unnamed_file(folder)

    TempfileBasedBuffer.newfile = newfile


def unnamed_file(folder: str) -> BinaryIO:
    """Open a file that has no name and is gone when it is closed.

    Args:
        folder: where; memory, where that cannot be written to.
    """
    import tempfile

    try:
        # On Linux this is a file that never had a name, where the file system can do that.
        return tempfile.TemporaryFile("w+b", dir=folder)
    except OSError:
        return os.fdopen(os.memfd_create("rocketpy-body", os.MFD_CLOEXEC), "w+b")
