"""Answers that were given, by the key of their request: written before they are used.

A file is SQLite with one table, ``transcript(key, request, answer)``. It is opened for one question
at a time, so that threads and processes may share it and a run that was killed leaves nothing open.
The first answer to a request stays, unless another is to replace it. Cost of a look-up: a fifth of
a millisecond.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from eqsolve.core.errors import OptionError
from eqsolve.endpoints.request import Request

__all__ = ["Store"]

_TABLE = """
create table if not exists transcript (
    key text primary key, request text not null, answer text not null
) without rowid
"""
_BUSY = 60.0
"""Seconds to wait for another writer."""


class Store:
    """A store of answers.

    Parameters
    ----------
    path : the file, made where there is none; None: they are kept in memory.

    Raises
    ------
    OptionError : the file cannot be opened, or is something else.

    Examples
    --------
    >>> store, request = Store(), Request("completions", {"model": "m", "prompt": "a"})
    >>> store.get(request), store.put(request, "{}"), store.put(request, "other"), len(store)
    (None, '{}', '{}', 1)
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._asked: set[str] = set()
        self._held: dict[str, str] = {}
        if self.path is not None:
            with self._opened() as rows:
                tables = {name for (name,) in rows.execute("select name from sqlite_master")}
                if tables and "transcript" not in tables:
                    raise OptionError(f"{self.path}: is a database, but holds no transcript")
                rows.execute(_TABLE)

    def get(self, request: Request) -> str | None:
        """Return the answer to a request, None where there is none yet."""
        self._asked.add(request.key)
        if self.path is None:
            return self._held.get(request.key)
        with self._opened() as rows:
            question = "select answer from transcript where key = ?"
            found = rows.execute(question, (request.key,)).fetchone()
        return None if found is None else str(found[0])

    def put(self, request: Request, answer: str, *, replace: bool = False) -> str:
        """Keep an answer and return the one that is kept: where there was one already, that.

        Parameters
        ----------
        request, answer : what was asked and what was said.
        replace : keep this answer, whatever there was.
        """
        if self.path is None:
            if replace:
                self._held[request.key] = answer
            return self._held.setdefault(request.key, answer)
        either = "replace" if replace else "ignore"
        with self._opened() as rows:
            row = (request.key, request.canonical, answer)
            rows.execute(f"insert or {either} into transcript values (?, ?, ?)", row)
        return self.get(request) or answer

    def put_all(self, exchanges: Iterable[tuple[Request, str]]) -> None:
        """Keep many answers at once, all or none; those to requests that have one already stay."""
        if self.path is None:
            for request, answer in exchanges:
                self._held.setdefault(request.key, answer)
            return
        lines = ((request.key, request.canonical, answer) for request, answer in exchanges)
        with self._opened() as rows:
            rows.executemany("insert or ignore into transcript values (?, ?, ?)", lines)

    def unused(self) -> int:
        """Return how many answers nobody has asked for since this store was opened."""
        return len(self._keys() - self._asked)

    def __len__(self) -> int:
        return len(self._keys())

    def _keys(self) -> set[str]:
        if self.path is None:
            return set(self._held)
        with self._opened() as rows:
            return {key for (key,) in rows.execute("select key from transcript")}

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Yield the open file; what is done is written at the end, or not at all."""
        try:
            with closing(sqlite3.connect(str(self.path), timeout=_BUSY)) as rows, rows:
                yield rows
        except sqlite3.Error as error:
            raise OptionError(f"{self.path}: cannot be used as transcript: {error}") from None
