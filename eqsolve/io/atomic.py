"""Files are written where the user pointed, whole or not at all.

A regular file is written to a temporary neighbor first, then renamed; it keeps its permissions,
and a symbolic link stays one: the file that it leads to is replaced. Devices, pipes and
descriptors (``/dev/stdout``) are written into. Every error names the file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["is_standard_output", "is_stream", "require_writable", "write_atomic"]

_MOST_LINKS = 40
"""Symbolic links in a row before a chain counts as a circle, as Linux has it."""


def is_standard_output(path: Path) -> bool:
    """Return whether `path` is another word for standard output, like ``/dev/stdout``."""
    return _end(path) == 1


def is_stream(path: Path) -> bool:
    """Return whether `path` is written into and never replaced: a descriptor, device or pipe."""
    end = _end(path)
    return isinstance(end, int) or (end.exists() and not (end.is_file() or end.is_dir()))


def require_writable(path: Path) -> None:
    """Raise at once, before any work is done, if `path` could not be written later.

    Raises
    ------
    OSError : the folder does not exist or cannot be written, `path` is a folder, or the file is
        write-protected.
    """
    end = _end(path)
    if isinstance(end, int):
        return
    if end.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder, expected a file name", str(path))
    if end.exists() and not os.access(end, os.W_OK):
        raise PermissionError(errno.EACCES, "is write-protected", str(path))
    if is_stream(path):
        return
    if not end.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(end.parent))
    if not os.access(end.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "the folder cannot be written", str(end.parent))


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what was there only when all of it is on disk.

    Raises
    ------
    OSError : it cannot be written, by the name of the file; a regular file is left as it was.
    """
    require_writable(path)
    end = _end(path)
    with _naming(path):
        if isinstance(end, int):
            _write_descriptor(end, data)
        elif is_stream(end):
            with end.open("wb", buffering=0) as stream:
                _write_all(stream.fileno(), data)
        else:
            _replace(end, data)


def _end(path: Path) -> Path | int:
    """Return where the symbolic links from `path` end: a file, or a descriptor of this process.

    ``/dev/stdout`` must not be opened by the name it resolves to: a file there would be emptied
    or replaced under the feet of whoever holds it.
    """
    descriptors = (f"/proc/{os.getpid()}/fd", "/dev/fd")
    for _ in range(_MOST_LINKS):
        if path.name.isdecimal() and os.path.realpath(path.parent) in descriptors:
            return int(path.name)
        if not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Give errors of the system the name of the file; those of a write come without."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write_descriptor(number: int, data: bytes) -> None:
    """Write into an open descriptor, behind what our own streams hold back."""
    stream = {1: sys.stdout, 2: sys.stderr}.get(number)
    buffer = getattr(stream, "buffer", None)  # 1 may have been moved: see cli/streams.py
    if stream is None or buffer is None:
        _write_all(number, data)
    else:
        stream.flush()
        buffer.write(data)
        buffer.flush()


def _write_all(number: int, data: bytes) -> None:
    """Write everything: a pipe takes a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]


def _replace(path: Path, data: bytes) -> None:
    """Write a temporary neighbor and rename it; owner and permissions stay."""
    # A name of its own and short: that of the file may be as long as the file system allows.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".eqsolve-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            _take_over(path, file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _take_over(path: Path, number: int) -> None:
    """Give an open file the owner and permissions of `path`, or those of any new file."""
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(number, 0o666 & ~mask)
        return
    with contextlib.suppress(PermissionError):  # only the superuser may give files away
        os.fchown(number, old.st_uid, old.st_gid)
    os.fchmod(number, stat.S_IMODE(old.st_mode))
