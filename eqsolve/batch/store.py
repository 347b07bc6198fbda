"""The run store: one SQLite file in WAL mode that outlives any kill.

``items`` says which sources belong to the run, ``answers`` what is known about each content
digest. Two files with the same content share one answer; two batch runs may share one store.
Committed rows survive ``kill -9``; a crash of the machine may cost the last moments.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from eqsolve.batch.task import Outcome, Question, Record, State
from eqsolve.core.errors import Fault, FormatError

__all__ = ["SCHEMA_VERSION", "Store"]

SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    digest TEXT NOT NULL, method TEXT NOT NULL, question TEXT NOT NULL,
    state TEXT NOT NULL, kind TEXT, name TEXT, status TEXT, "limit" TEXT,
    objective, bound, gap REAL, max_violation REAL, solved_by TEXT,
    seconds REAL, reason TEXT, solution BLOB, version TEXT,
    finished TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (digest, method, question)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    source TEXT NOT NULL, method TEXT NOT NULL, question TEXT NOT NULL,
    digest TEXT NOT NULL, stamp TEXT NOT NULL,
    PRIMARY KEY (source, method, question)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_digest ON items (digest);
"""

RETRIES = {
    "none": (),
    "failed": (State.FAILED,),
    "timeout": (State.TIMEOUT,),
    "all": (State.FAILED, State.TIMEOUT),
}
"""What ``--retry`` runs again."""


class Store:
    """An open run store.

    Parameters
    ----------
    path : the SQLite file; made if it does not exist.
    create : whether it may be made.

    Raises
    ------
    FormatError : the file is missing (without `create`), no store of ours, or a newer one.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        self.path = Path(path)
        if not create and not self.path.is_file():
            raise FormatError(str(path), Fault("", "no such run store"))
        if not self.path.parent.is_dir():
            raise FormatError(str(path), Fault("", "the folder does not exist"))
        try:
            self._db = sqlite3.connect(self.path, timeout=60.0, isolation_level=None)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise FormatError(str(path), Fault("", f"not a run store: {error}")) from None

    def _prepare(self) -> None:
        """Switch to WAL where the file system allows it, check the version, make the tables."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            rule = f"made by a newer eqsolve (schema {version}, this one reads {SCHEMA_VERSION})"
            raise FormatError(str(self.path), Fault("", rule))
        tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master")}
        if version == 0 and tables:
            raise FormatError(str(self.path), Fault("", "an SQLite file, but not a run store"))
        self._db.execute("PRAGMA busy_timeout=60000")
        self.journal = self._db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        self._db.execute("PRAGMA synchronous=NORMAL")
        if version == 0:
            self._db.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def state(self, digest: str, question: Question, retry: str = "none") -> str | None:
        """Return the state of an answer, None if the question must be asked (again)."""
        row = self._db.execute(
            "SELECT state FROM answers WHERE digest=? AND method=? AND question=?",
            (digest, question.method, question.key),
        ).fetchone()
        return None if row is None or row[0] in RETRIES[retry] else str(row[0])

    def finished(self, question: Question, retry: str = "none") -> dict[str, str]:
        """Return source -> stamp of the items that need no further work."""
        again = RETRIES[retry]
        marks = ",".join("?" * len(again))
        rows = self._db.execute(
            "SELECT items.source, items.stamp FROM items JOIN answers "
            "USING (digest, method, question) WHERE method=? AND question=? "
            f"AND state NOT IN ({marks})",
            (question.method, question.key, *again),
        )
        return dict(rows)

    def add(
        self,
        question: Question,
        finished: Iterable[tuple[str, str, Outcome]],
        version: str,
    ) -> None:
        """Commit items in one transaction.

        Parameters
        ----------
        finished : (source, stamp, outcome).
        version : of eqsolve.
        """
        method, key = question.method, question.key
        self._db.execute("BEGIN IMMEDIATE")
        for source, stamp, outcome in finished:
            digest = outcome.digest
            if isinstance(outcome, Record):
                better = self._better(source, stamp, method, key, outcome)
                if better is None:
                    self._insert(method, key, outcome, version)
                digest = better or digest
            self._db.execute(
                "INSERT OR REPLACE INTO items VALUES (?,?,?,?,?)",
                (source, method, key, digest, stamp),
            )
        self._db.execute("COMMIT")

    def _better(self, source: str, stamp: str, method: str, key: str, record: Record) -> str | None:
        """Return the digest of an unproved answer that a new record is no match for, or None.

        A second try may be cut short earlier than the first, or its worker may die (the record
        then knows the file's bytes only): what the first has found stays.
        """
        if record.state == State.DONE:
            return None
        known = self._db.execute(
            "SELECT digest, gap FROM answers WHERE method=? AND question=? AND status='feasible' "
            "AND digest IN (SELECT digest FROM items WHERE source=? AND stamp=? AND method=? "
            "AND question=? UNION SELECT ?)",
            (method, key, source, stamp, method, key, record.digest),
        )
        for digest, gap in known:
            wider = gap is not None and (record.gap is None or record.gap > gap)
            if record.status != "feasible" or wider:
                return str(digest)
        return None

    def _insert(self, method: str, key: str, record: Record, version: str) -> None:
        """Insert an answer; an older one gives way unless it is done."""
        solution = None if record.solution is None else zlib.compress(record.solution, 1)
        self._db.execute(
            'INSERT INTO answers (digest, method, question, state, kind, name, status, "limit", '
            "objective, bound, gap, max_violation, solved_by, seconds, reason, solution, version) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
            "state=excluded.state, kind=excluded.kind, name=excluded.name, "
            'status=excluded.status, "limit"=excluded."limit", objective=excluded.objective, '
            "bound=excluded.bound, gap=excluded.gap, max_violation=excluded.max_violation, "
            "solved_by=excluded.solved_by, seconds=excluded.seconds, reason=excluded.reason, "
            "solution=excluded.solution, version=excluded.version, "
            "finished=strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE answers.state <> 'done'",
            (
                record.digest,
                method,
                key,
                record.state,
                record.kind,
                record.name,
                record.status,
                record.limit,
                _sqlite_number(record.objective),
                _sqlite_number(record.bound),
                record.gap,
                record.max_violation,
                record.solved_by,
                record.seconds,
                record.reason,
                solution,
                version,
            ),
        )

    COLUMNS = (
        "source", "digest", "kind", "name", "method", "question", "state", "status", "limit",
        "objective", "bound", "gap", "max_violation", "solved_by", "seconds", "reason",
        "version", "finished",
    )  # fmt: skip

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every item with its answer, by source; see `COLUMNS`."""
        quoted = ", ".join(f'"{column}"' for column in self.COLUMNS)
        cursor = self._db.execute(
            f"SELECT {quoted} FROM items JOIN answers USING (digest, method, question) "
            "ORDER BY method, question, source"
        )
        for row in cursor:
            yield dict(zip(self.COLUMNS, row, strict=True))

    def solution(self, digest: str, method: str, question: str) -> bytes | None:
        """Return the text of an answer's solution file, or None."""
        row = self._db.execute(
            "SELECT solution FROM answers WHERE digest=? AND method=? AND question=?",
            (digest, method, question),
        ).fetchone()
        return None if row is None or row[0] is None else zlib.decompress(row[0])


def _sqlite_number(value: int | float | None) -> float | str | None:
    """Return a number that SQLite can hold: its integers end at 64 bits."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value
