"""The run store: one SQLite file in WAL mode that outlives any kill.

``runs`` says what was asked and when, ``items`` which sources were asked for and what they were
read from, ``answers`` what is known about each content digest. Two files with the same content
share one answer; two batch runs may share one store. Committed rows survive ``kill -9``; a crash
of the machine may cost the last moments.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

from eqsolve.batch.stamp import same_content
from eqsolve.batch.task import Outcome, Question, Record, State
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.text import visible

__all__ = ["SCHEMA_VERSION", "Store"]

SCHEMA_VERSION = 2

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
    digest TEXT NOT NULL, stamp TEXT NOT NULL, run INTEGER,
    PRIMARY KEY (source, method, question)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_digest ON items (digest);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    started TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ended TEXT,
    method TEXT NOT NULL, question TEXT NOT NULL, retry TEXT NOT NULL, settings TEXT NOT NULL,
    command TEXT NOT NULL, version TEXT NOT NULL, asked INTEGER, known INTEGER
);
"""
"""An item whose digest is empty was asked for and is open; a run without an end was cut short."""

_OURS = {"answers": {"digest", "state"}, "items": {"source", "digest", "stamp"}}
"""Tables, and columns by which a store is recognized whose version was not written yet."""

_COLUMN_NAMES = "SELECT name FROM pragma_table_info(?)"
_PATIENCE = 10.0
"""Seconds to wait at the door of a store that another program holds."""

T = TypeVar("T")

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
    path : the SQLite file; made if it does not exist, and mended if its maker was killed.
    read_only : open it only to look: never made or written, also where nothing may be written.

    Raises
    ------
    FormatError : no store of ours, a newer one, or (to look only) none at all.
    OSError : it is locked by another program, cannot be written, or the disk is full.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        if read_only and not self.path.exists():
            raise FormatError(str(path), Fault("", "no such run store"))
        if self.path.exists() and not self.path.is_file():
            raise FormatError(str(path), Fault("", "is no file; name another one for the store"))
        # SQLite keeps its log beside the file that a link leads to.
        self._real = Path(os.path.realpath(path))
        if not self._real.parent.is_dir():
            raise FormatError(str(path), Fault("", "the folder does not exist"))
        with self._said():
            self._db = self._opened_to_look() if read_only else self._opened(self._real)
            if read_only:
                self._db.execute("BEGIN")  # whatever is read is of one moment

    def _opened(self, path: Path) -> sqlite3.Connection:
        """Open a store to write; make or mend its tables."""
        db = sqlite3.connect(path, timeout=1.0, isolation_level=None)
        try:
            _patiently(lambda: self._prepare(db))
            db.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000:.0f}")
        except BaseException:
            db.close()
            raise
        return db

    def _opened_to_look(self) -> sqlite3.Connection:
        """Open a store that is only looked at; where SQLite cannot, a copy of it."""
        # In a folder that cannot be written SQLite could not take its log away again.
        ours = os.access(self._real, os.W_OK) and os.access(self._real.parent, os.W_OK)
        place = quote(os.fsencode(self._real))
        name = f"file:{place}?mode={'rw' if ours else 'ro'}"
        with contextlib.suppress(sqlite3.OperationalError):
            db = sqlite3.connect(name, timeout=1.0, isolation_level=None, uri=True)
            try:
                if _patiently(lambda: self._version(db)) == SCHEMA_VERSION:
                    db.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000:.0f}")
                    return db
            except BaseException as error:
                db.close()
                if not isinstance(error, sqlite3.OperationalError) or _locked(error):
                    raise
            db.close()
        # An older store, or one in a folder where the log of changes cannot be opened.
        self._copy = tempfile.TemporaryDirectory(prefix="eqsolve-", ignore_cleanup_errors=True)
        copy = Path(self._copy.name) / "store"
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{self._real}{suffix}", f"{copy}{suffix}")
        return self._opened(copy)

    def _version(self, db: sqlite3.Connection) -> int:
        """Return the version of the tables, 0 where there are none yet."""
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {
            row[0]: {column[0] for column in db.execute(_COLUMN_NAMES, row)}
            for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
        if tables and not all(tables.get(name, set()) >= _OURS[name] for name in _OURS):
            rule = "an SQLite file, but not a run store; name another one"
            raise FormatError(str(self.path), Fault("", rule))
        if version > SCHEMA_VERSION:
            rule = (
                f"made by a newer eqsolve (schema {version}, this one reads {SCHEMA_VERSION}); "
                "upgrade eqsolve, or name another store"
            )
            raise FormatError(str(self.path), Fault("", rule))
        return version

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables, all or none, or bring those of an older version up to date."""
        if self._version(db) < SCHEMA_VERSION:
            db.execute("BEGIN IMMEDIATE")
            try:
                if self._version(db) < SCHEMA_VERSION:  # not made by another run meanwhile
                    for statement in _TABLES.split(";"):
                        db.execute(statement)
                    if ("run",) not in db.execute(_COLUMN_NAMES, ("items",)).fetchall():
                        db.execute("ALTER TABLE items ADD COLUMN run INTEGER")
                    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # SQLite may have done it itself
                    db.execute("ROLLBACK")
                raise
        self.journal = db.execute("PRAGMA journal_mode").fetchone()[0]
        if self.journal != "wal":  # where the file system allows it
            self.journal = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        db.execute("PRAGMA synchronous=NORMAL")

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, with the file and what to do about it."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                word = "damaged" if code == sqlite3.SQLITE_CORRUPT else "not a run store"
                rule = f"{word}: {error}; name another file for the store"
                raise FormatError(str(self.path), Fault("", rule)) from None
            number, rule = _TROUBLES.get(code, (errno.EIO, str(error)))
            raise OSError(number, rule, str(self.path)) from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what is done within, or nothing of it."""
        with self._said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back itself
                    self._db.execute("ROLLBACK")
                raise

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
        if self._copy is not None:
            self._copy.cleanup()

    def begin(
        self,
        question: Question,
        retry: str,
        settings: Mapping[str, Any],
        command: str,
        version: str,
        todo: Iterable[tuple[str, str | None]],
        known: Iterable[tuple[str, str]],
    ) -> int:
        """Write down what a run asks for, before anything is answered; return its number.

        Parameters
        ----------
        retry : which answers are asked again, a key of `RETRIES`.
        settings : limits, workers and machine, for the record.
        command : what goes on with the run if it is cut short.
        version : of eqsolve.
        todo : (source, stamp that its content still has, or None); without a stamp an older
            answer is another content's, and the item is open.
        known : (source, stamp) of items that need no work.
        """
        method, key = question.method, question.key
        todo, known = list(todo), list(known)
        values = (
            method, key, retry, json.dumps(settings), visible(command), version,
            len(todo) + len(known), len(known),
        )  # fmt: skip
        with self._transaction() as db:
            run = db.execute(
                "INSERT INTO runs (method, question, retry, settings, command, version, asked, "
                "known) VALUES (?,?,?,?,?,?,?,?)",
                values,
            ).lastrowid
            assert run is not None
            db.executemany(
                "INSERT INTO items (source, method, question, digest, stamp, run) "
                "VALUES (?,?,?,'','',?) ON CONFLICT DO UPDATE SET run=excluded.run, "
                "digest=iif(?, digest, ''), stamp=iif(?, stamp, '')",
                (
                    (_stored(source), method, key, run, stamp is not None, stamp is not None)
                    for source, stamp in todo
                ),
            )
            db.executemany(
                "UPDATE items SET run=?, stamp=? WHERE source=? AND method=? AND question=?",
                ((run, stamp, _stored(source), method, key) for source, stamp in known),
            )
        self._db.execute("PRAGMA busy_timeout=60000")  # now there is something to lose
        return run

    def end(self, run: int) -> None:
        """Write down that a run came to its end."""
        with self._transaction() as db:
            db.execute(
                "UPDATE runs SET ended=strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id=?", (run,)
            )

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs, oldest first: columns of the table, and how many items are ``open``.

        An item counts for the run that asked for it last. Open are those without an answer, and
        those that a run which was cut short was to ask again.
        """
        with self._said():
            cursor = self._db.execute(
                "SELECT runs.*, (SELECT count(*) FROM items LEFT JOIN answers USING "
                "(digest, method, question) WHERE items.run = runs.id AND (state IS NULL OR "
                "(ended IS NULL AND answers.finished < started AND state <> 'done' AND "
                "retry IN (state, 'all')))) AS open FROM runs ORDER BY id"
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def state(self, digest: str, question: Question, retry: str = "none") -> str | None:
        """Return the state of an answer, None if the question must be asked (again)."""
        with self._said():
            row = self._db.execute(
                "SELECT state FROM answers WHERE digest=? AND method=? AND question=?",
                (digest, question.method, question.key),
            ).fetchone()
        return None if row is None or row[0] in RETRIES[retry] else str(row[0])

    def answered(self, question: Question) -> dict[str, tuple[str, str]]:
        """Return source -> (stamp, state) of every item with an answer."""
        with self._said():
            rows = self._db.execute(
                "SELECT items.source, items.stamp, state FROM items JOIN answers "
                "USING (digest, method, question) WHERE method=? AND question=?",
                (question.method, question.key),
            )
            return {_loaded(source): (stamp, state) for source, stamp, state in rows}

    def add(
        self,
        question: Question,
        finished: Iterable[tuple[str, str, Outcome]],
        version: str,
        run: int | None = None,
    ) -> None:
        """Commit items in one transaction.

        Parameters
        ----------
        finished : (source, stamp, outcome).
        version : of eqsolve.
        run : the number of the run that asked.
        """
        method, key = question.method, question.key
        with self._transaction() as db:
            for source, stamp, outcome in finished:
                digest = outcome.digest
                if isinstance(outcome, Record):
                    better = self._better(source, stamp, method, key, outcome)
                    if better is None:
                        self._insert(method, key, outcome, version)
                    digest = better or digest
                db.execute(
                    "INSERT OR REPLACE INTO items (source, method, question, digest, stamp, run) "
                    "VALUES (?,?,?,?,?,?)",
                    (_stored(source), method, key, digest, stamp, run),
                )

    def _better(self, source: str, stamp: str, method: str, key: str, record: Record) -> str | None:
        """Return the digest of an unproved answer that a new record is no match for, or None.

        A second try may be cut short earlier than the first, or its worker may die (the record
        then knows the file's bytes only): what the first has found stays.
        """
        if record.state == State.DONE:
            return None
        candidates = [record.digest]
        before = self._db.execute(
            "SELECT digest, stamp FROM items WHERE source=? AND method=? AND question=?",
            (_stored(source), method, key),
        ).fetchone()
        if before is not None and same_content(before[1], stamp):
            candidates.append(before[0])
        for candidate in candidates:
            found = self._db.execute(
                "SELECT gap FROM answers WHERE digest=? AND method=? AND question=? "
                "AND status='feasible'",
                (candidate, method, key),
            ).fetchone()
            if found is None:
                continue
            wider = found[0] is not None and (record.gap is None or record.gap > found[0])
            if record.status != "feasible" or wider:
                return candidate
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
                _plain(record.kind),
                _plain(record.name),
                record.status,
                record.limit,
                _sqlite_number(record.objective),
                _sqlite_number(record.bound),
                record.gap,
                record.max_violation,
                _plain(record.solved_by),
                record.seconds,
                visible(record.reason),
                solution,
                version,
            ),
        )

    COLUMNS = (
        "source", "digest", "kind", "name", "method", "question", "state", "status", "limit",
        "objective", "bound", "gap", "max_violation", "solved_by", "seconds", "reason",
        "version", "finished",
    )  # fmt: skip

    def rows(
        self, question: Question | None = None, sources: Collection[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield every item with its answer, by source; see `COLUMNS`.

        Items without an answer have the state ``open`` and, as reason, the command that goes on.

        Parameters
        ----------
        question, sources : leave out items of other questions and of other sources.
        """
        quoted = ", ".join(f'"{column}"' for column in self.COLUMNS)
        where, values = "", tuple[str, ...]()
        if question is not None:
            where, values = "WHERE method=? AND question=?", (question.method, question.key)
        commands = {entry["id"]: entry["command"] for entry in self.runs()}
        with self._said():
            cursor = self._db.execute(
                f"SELECT {quoted}, run FROM items LEFT JOIN answers USING "
                f"(digest, method, question) {where} ORDER BY method, question, source",
                values,
            )
            for *fields, run in cursor:
                row = dict(zip(self.COLUMNS, fields, strict=True))
                source = _loaded(row["source"])
                if sources is not None and source not in sources:
                    continue
                row["source"] = visible(source)
                if row["state"] is None:
                    row["state"] = State.OPEN
                    row["reason"] = f"no answer yet; to go on: {commands.get(run, 'batch again')}"
                yield row

    def solution(self, digest: str, method: str, question: str) -> bytes | None:
        """Return the text of an answer's solution file, or None."""
        with self._said():
            row = self._db.execute(
                "SELECT solution FROM answers WHERE digest=? AND method=? AND question=?",
                (digest, method, question),
            ).fetchone()
        return None if row is None or row[0] is None else zlib.decompress(row[0])


_TROUBLES = {
    sqlite3.SQLITE_FULL: (
        errno.ENOSPC,
        "no space left; what was finished is safe: make room, then the same command goes on",
    ),
    sqlite3.SQLITE_BUSY: (errno.EBUSY, "locked by another program; try again when it has ended"),
    sqlite3.SQLITE_LOCKED: (errno.EBUSY, "locked by another program; try again when it has ended"),
    sqlite3.SQLITE_IOERR: (
        errno.EIO,
        "cannot be read or written; is there space left, and is it on a local disk?",
    ),
    sqlite3.SQLITE_READONLY: (
        errno.EACCES,
        "cannot be written; name another store, or make it and its folder writable",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        errno.EACCES,
        "cannot be opened; are the file, its folder and the number of open files in order?",
    ),
}
"""SQLite's result code -> our number and what to do."""


def _patiently(work: Callable[[], T]) -> T:
    """Return what `work` returns, trying again while others hold the store for a moment.

    SQLite waits by itself for most locks, but not for that of a change to write-ahead logging.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if not _locked(error) or time.monotonic() > end:
                raise
        time.sleep(0.02)


def _locked(error: sqlite3.Error) -> bool:
    """Return whether another connection was in the way."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _stored(source: str) -> str | bytes:
    """Return a name as SQLite holds it: as bytes where it is no text."""
    try:
        source.encode()
    except UnicodeEncodeError:
        return os.fsencode(source)
    return source


def _loaded(source: str | bytes) -> str:
    """Return the name that was stored."""
    return source if isinstance(source, str) else os.fsdecode(source)


def _plain(text: str) -> str:
    """Return text that SQLite can hold: names of files may stand in it."""
    return text.encode(errors="backslashreplace").decode()


def _sqlite_number(value: int | float | None) -> float | str | None:
    """Return a number that SQLite can hold: its integers end at 64 bits."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value
