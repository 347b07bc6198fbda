"""One batch item: from a source to a record. The same function runs in every executor."""

from __future__ import annotations

import hashlib
import json
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from eqsolve.batch.stamp import FileState, Witness
from eqsolve.core.errors import EqsolveError, InstanceError
from eqsolve.core.status import Limit, Status
from eqsolve.io.sources import Source
from eqsolve.solve import Request

__all__ = ["Known", "Outcome", "Question", "Record", "State", "execute", "raw_digest", "unfinished"]


class State:
    """How an item ended; the words stand in the store.

    ``done`` items are never run again. ``timeout`` items (also those that came back with an
    unproved answer when the time was over) and ``failed`` ones are kept visible and run again
    with ``--retry``. An ``open`` item was asked for and has no answer yet: its run is under way,
    or was cut short.
    """

    DONE = "done"
    TIMEOUT = "timeout"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every instance of a run.

    Parameters
    ----------
    method : name; must exist for each instance's kind.
    options : texts by name, as on the command line.
    time_limit : seconds per instance, or None for the family's default.
    seed : seed of every solve.
    """

    method: str = "auto"
    options: tuple[tuple[str, str], ...] = ()
    time_limit: float | None = None
    seed: int = 0

    @property
    def request(self) -> Request:
        """What is asked of each instance; checks limit and seed."""
        return Request(
            method=self.method,
            texts=dict(self.options),
            time_limit=self.time_limit,
            seed=self.seed,
        )

    @property
    def key(self) -> str:
        """Return options and seed as canonical text: with digest and method, the store's key.

        The time limit is not part of it: an answer stays right under another limit, and what a
        limit cut short is asked again by ``--retry timeout``.
        """
        return json.dumps({"options": dict(sorted(self.options)), "seed": self.seed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the store keeps of one item.

    Parameters
    ----------
    digest : of the instance's content; of its name and bytes (``raw:...``) if unreadable; empty
        if its worker died.
    state : a word of `State`.
    reason : why it failed or timed out; empty when done.
    solution : the solution file's text, None when there is no answer.
    files : what it was read from; without the item's own file where `digest` is empty.
    """

    digest: str
    state: str
    kind: str = ""
    name: str = ""
    status: str = ""
    limit: str = ""
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    max_violation: float | None = None
    solved_by: str = ""
    seconds: float = 0.0
    reason: str = ""
    solution: bytes | None = None
    files: tuple[FileState, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """The store answers this content already: its digest, the state of the answer, the files."""

    digest: str
    state: str
    files: tuple[FileState, ...] = ()


Outcome = Record | Known


def unfinished(
    reason: str, state: str, seconds: float, files: tuple[FileState, ...] = ()
) -> Record:
    """Return the record of an item whose worker was killed or died.

    Parameters
    ----------
    files : what it had read beside the item's own file.
    """
    return Record(digest="", state=state, reason=reason, seconds=seconds, files=files)


def raw_digest(source: Source, data: bytes = b"") -> str:
    """Return the digest of an item that could not be read as an instance.

    The name is part of it: the same bytes elsewhere may lie beside other arrays.
    """
    name = os.fsencode(f"{source}\0{source.reading}" if source.table else str(source))
    return "raw:" + hashlib.sha256(name + b"\0" + data).hexdigest()


def execute(
    source: Source,
    question: Question,
    known: Callable[[str], str | None],
    tell: Callable[[FileState], None] | None = None,
) -> Outcome:
    """Return the record of one item, or that the answer is already known.

    Parameters
    ----------
    source : where the instance is.
    question : what is asked.
    known : returns the state of the store's answer for a digest, None if it must be solved.
    tell : called with each file beside the item's own before it is read.

    Notes
    -----
    Never raises: a broken file or a failing method is a record with its reason.
    """
    start = time.perf_counter()
    witness = Witness(source, tell)
    raw = digest = raw_digest(source)
    try:
        data = source.data()
        witness.read(data)
        raw = digest = raw_digest(source, data)
        instance = source.parse(data, witness.note)
        digest = instance.digest
        state = known(digest)
        if state is not None:
            return Known(digest, state, witness.files)
        record = _solved(instance, question)
        changed = witness.changed()
        if not changed:
            return replace(record, files=witness.files)
        # Whatever was answered, it may be half of this content and half of that.
        reason = f"{changed}: changed while it was being solved; the same command asks again"
        return Record(digest=raw, state=State.FAILED, reason=reason, seconds=record.seconds)
    except InstanceError as error:
        reason = "; ".join(error.lines())
    except (EqsolveError, MemoryError, RecursionError, ArithmeticError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} (line {where.lineno} of {where.name})"
    seconds = time.perf_counter() - start
    return Record(
        digest=digest, state=State.FAILED, reason=reason, seconds=seconds, files=witness.files
    )


def _solved(instance: Any, question: Question) -> Record:
    """Solve one instance and put the result into a record."""
    from eqsolve.io.encode import encode
    from eqsolve.io.solutions import solution_document

    result = question.request.solve(instance)
    document = solution_document(instance, result)
    out_of_time = result.limit is Limit.TIME
    reason = "time limit" if out_of_time else ""
    if out_of_time and result.solution is not None:
        reason = "time limit; the best found is stored"
    unanswered = result.status is Status.UNKNOWN and result.limit is None
    return Record(
        digest=instance.digest,
        state=State.TIMEOUT if out_of_time else State.FAILED if unanswered else State.DONE,
        kind=instance.kind,
        name=instance.name,
        status=result.status.value,
        limit=document["limit"] or "",
        objective=document["objective"],
        bound=document["bound"],
        gap=document["gap"],
        max_violation=None if result.check is None else result.check.max_violation,
        solved_by=result.stats.method,
        seconds=result.stats.seconds,
        reason=reason,
        solution=encode(document),
    )
