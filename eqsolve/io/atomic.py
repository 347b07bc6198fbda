"""Files are written whole or not at all: to a temporary neighbor first, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["require_writable", "write_atomic"]


def require_writable(path: Path) -> None:
    """Raise at once, before any work is done, if `path` could not be written later.

    Raises
    ------
    OSError : the folder does not exist or cannot be written, or `path` is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder, expected a file name", str(path))
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such folder", str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "the folder cannot be written", str(folder))


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what was there only when all of it is on disk.

    Raises
    ------
    OSError : the folder does not exist or cannot be written; `path` is left as it was.
    """
    require_writable(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
