"""Whether an item is still what its answer was worked out from: a look first, its bytes in doubt.

A stamp lists every file that an item was read from, arrays beside it included, also those that
were not there: size, times of change, inode, and a digest of the bytes. A file that looks as it
did is taken for unchanged, unless it had been changed so shortly before that the clock of a file
system may hide another change; then, and when it looks different, its bytes are compared. So
20,000 unchanged files cost 20,000 looks, and no edit passes unnoticed that keeps size and time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from eqsolve.core.errors import FormatError
from eqsolve.io.sources import Source

__all__ = ["Desk", "FileState", "Witness", "read_stamp", "same_content", "write_stamp"]

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change shows in the times of every file system (FAT counts to two)."""


class FileState(NamedTuple):
    """How a file looked when it was about to be read.

    Parameters
    ----------
    path : absolute.
    part : offset and length of a line of a collection; how a table is read; else empty.
    size : bytes, -1 for a file that is not there.
    modified, changed : times of the last change of its content and of anything, nanoseconds.
    inode : which file stood behind the name.
    seen : when that was, nanoseconds.
    digest : of the bytes, empty where they are not known.
    """

    path: str
    part: str
    size: int
    modified: int
    changed: int
    inode: int
    seen: int
    digest: str = ""

    @property
    def settled(self) -> bool:
        """Whether a later change cannot hide in the same tick of the clock."""
        return max(self.modified, self.changed) < self.seen - _SETTLED

    def looks_like(self, other: FileState) -> bool:
        """Return whether nothing but the time of looking differs."""
        return self[:6] == other[:6]


class Witness:
    """Notes what one item is read from, while it is read.

    Parameters
    ----------
    source : the item.
    tell : called with the state of each file beside the item's own before it is opened, for
        those who outlive this process.
    """

    def __init__(self, source: Source, tell: Callable[[FileState], None] | None = None) -> None:
        self._tell, self._reading = tell, source.reading
        self._files = [_own_state(source)]

    @property
    def files(self) -> tuple[FileState, ...]:
        """Everything read so far, the item's own file first."""
        return tuple(self._files)

    def read(self, data: bytes) -> None:
        """Note the bytes of the item's own file."""
        self._files[0] = self._files[0]._replace(digest=_digest(data, self._reading))

    def note(self, path: Path) -> None:
        """Note a file that is about to be opened."""
        state = _look(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links
        state = state._replace(digest=_digest_file(state.path))
        self._files.append(state)
        if self._tell is not None:
            self._tell(state)

    def changed(self) -> str:
        """Return a file beside the item's own that has changed since it was opened, or nothing.

        The item's own bytes were read at once; arrays may be read from the disk again and again.
        """
        for state in self._files[1:]:
            same_look = _look(state.path).looks_like(state)
            if not same_look or not (state.settled or _digest_file(state.path) == state.digest):
                return state.path
        return ""


class Desk:
    """Compares items with their stamps before a run; looks at each file once."""

    def __init__(self) -> None:
        self._looks: dict[str, FileState] = {}

    def look(self, source: Source) -> FileState:
        """Return the state of an item's own file, its bytes unread."""
        path = os.path.abspath(source.path)  # noqa: PTH100  # resolve() would follow links
        if path not in self._looks:
            self._looks[path] = _look(path)
        return self._looks[path]._replace(part=_part(source))

    def confirmed(self, source: Source, stamp: str) -> str | None:
        """Return the stamp to keep if the item's content is the same, None if it must be read.

        It is renewed where bytes had to be compared, so that the next look is enough again.
        """
        files = read_stamp(stamp)
        if not files or files[0].part != _part(source):
            return None
        now = []
        for position, old in enumerate(files):
            state = self.look(source) if position == 0 else _look(old.path)
            if state.looks_like(old) and old.settled:
                now.append(old)
                continue
            digest = _digest_file(old.path) if position else _digest_source(source)
            if not digest or digest != old.digest:
                return None
            now.append(state._replace(digest=digest))
        return stamp if tuple(now) == files else write_stamp(now)

    def testify(self, source: Source, others: Sequence[FileState]) -> str:
        """Return the stamp of an item whose reader did not live to write one."""
        state = self.look(source)
        digest = _digest_source(source)
        if not _own_state(source).looks_like(state):
            digest = ""  # of other bytes than those that were read
        return write_stamp([state._replace(digest=digest), *others])


def write_stamp(files: Sequence[FileState]) -> str:
    """Return states as text."""
    return json.dumps(files, separators=(",", ":"))


def read_stamp(stamp: str) -> tuple[FileState, ...]:
    """Return the states of a stamp; none for one that was made otherwise."""
    try:
        return tuple(FileState(*fields) for fields in json.loads(stamp))
    except (ValueError, TypeError):
        return ()


def same_content(one: str, other: str) -> bool:
    """Return whether two stamps speak of the same content as far as they can tell."""
    first, second = read_stamp(one), read_stamp(other)
    if not first or not second:
        return one == other
    return first[0].looks_like(second[0]) or "" != first[0].digest == second[0].digest


def _own_state(source: Source) -> FileState:
    """Return the state of an item's own file."""
    path = os.path.abspath(source.path)  # noqa: PTH100  # resolve() would follow links
    return _look(path)._replace(part=_part(source))


def _part(source: Source) -> str:
    """Return where a line stands in its collection, or what a table is read as."""
    return source.reading if source.line < 0 else f"{source.offset}:{source.length}"


def _look(path: str) -> FileState:
    """Return the state of a file, its bytes unread."""
    seen = time.time_ns()
    try:
        found = os.stat(path)  # noqa: PTH116  # 20,000 of them
    except (OSError, ValueError):  # a name may hold a zero byte
        return FileState(path, "", -1, 0, 0, 0, seen)
    return FileState(
        path, "", found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, seen
    )


def _digest(data: bytes, reading: str) -> str:
    """Return a digest of an item's own bytes and of what they are read as."""
    return hashlib.blake2b(reading.encode() + data, digest_size=20).hexdigest()


def _digest_file(path: str) -> str:
    """Return a digest of a file's bytes, empty if it cannot be read."""
    if not Path(path).is_file():  # opening a named pipe would wait for its other end
        return ""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()
    except (OSError, ValueError):
        return ""


def _digest_source(source: Source) -> str:
    """Return a digest of an item's own bytes, empty if they cannot be read."""
    try:
        return _digest(source.data(), source.reading)
    except FormatError:
        return ""
