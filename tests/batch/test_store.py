"""The store keeps what it was given, replaces only what had no answer, and refuses other files."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from eqsolve.batch.store import SCHEMA_VERSION, Store
from eqsolve.batch.summary import shifted_geometric_mean, summary_document
from eqsolve.batch.task import Known, Question, Record, State
from eqsolve.core.errors import FormatError

QUESTION = Question()
DONE = Record(digest="d", state=State.DONE, kind="k", status="solved", solution=b"{}", seconds=1.0)
FAILED = Record(digest="d", state=State.FAILED, reason="no luck")
LATE = Record(digest="d", state=State.TIMEOUT, reason="time limit", status="feasible")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "run.sqlite")


def add(store: Store, source: str, outcome: Record | Known, stamp: str = "1") -> None:
    store.add(QUESTION, [(source, stamp, outcome)], "0")


def test_wal_is_used(store: Store) -> None:
    assert store.journal == "wal"


def test_two_sources_share_one_answer(store: Store) -> None:
    add(store, "a", DONE)
    add(store, "b", Known("d", State.DONE))
    assert [row["source"] for row in store.rows()] == ["a", "b"]
    assert store.solution("d", "auto", QUESTION.key) == b"{}"
    assert store.answered(QUESTION) == {"a": ("1", State.DONE), "b": ("1", State.DONE)}


@pytest.mark.parametrize(
    ("record", "retried_by"),
    [(FAILED, {"failed", "all"}), (LATE, {"timeout", "all"}), (DONE, set())],
)
def test_retry_asks_again_exactly_what_it_says(
    store: Store, record: Record, retried_by: set[str]
) -> None:
    add(store, "a", record)
    for retry in ("none", "failed", "timeout", "all"):
        again = retry in retried_by
        assert (store.state("d", QUESTION, retry) is None) == again


def test_a_second_try_that_finds_less_does_not_replace_what_is_known(store: Store) -> None:
    known = replace(LATE, objective=5, bound=6, gap=0.2, solution=b"first")
    add(store, "a", known)
    for worse in (
        replace(FAILED, digest="raw:killed"),
        replace(LATE, digest="raw:killed", status=""),
        replace(LATE, status="unknown"),
        replace(LATE, objective=4, bound=6, gap=0.5, solution=b"second"),
    ):
        add(store, "a", worse)
        assert [(row["digest"], row["objective"]) for row in store.rows()] == [("d", 5)]
        assert store.solution("d", "auto", QUESTION.key) == b"first"
    add(store, "a", replace(known, objective=6, gap=0.0, solution=b"third"))
    assert store.solution("d", "auto", QUESTION.key) == b"third"
    add(store, "a", replace(FAILED, digest="raw:other"), stamp="2")  # the file has changed since
    assert [row["state"] for row in store.rows()] == [State.FAILED]


def test_a_done_answer_is_never_replaced(store: Store) -> None:
    add(store, "a", FAILED)
    add(store, "a", LATE)
    assert store.state("d", QUESTION) == State.TIMEOUT
    add(store, "a", DONE)
    add(store, "a", FAILED)
    assert store.state("d", QUESTION) == State.DONE


def test_questions_do_not_mix(store: Store) -> None:
    add(store, "a", DONE)
    for other in (Question(seed=1), Question(method="x"), Question(options=(("prices", "min"),))):
        assert store.state("d", other) is None
        assert store.answered(other) == {}


def test_the_order_of_options_does_not_matter() -> None:
    one, other = (
        Question(options=(("a", "1"), ("b", "2"))),
        Question(options=(("b", "2"), ("a", "1"))),
    )
    assert one.key == other.key


def test_integers_beyond_sqlite_are_kept(store: Store) -> None:
    add(store, "a", Record(digest="d", state=State.DONE, objective=2**70))
    assert next(store.rows())["objective"] == str(2**70)


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("this is not SQLite at all, but long enough to look at" * 10)
    with pytest.raises(FormatError, match="not a run store"):
        Store(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE x (y)")
    with pytest.raises(FormatError, match="not a run store"):
        Store(other)
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as db:
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(FormatError, match="newer eqsolve"):
        Store(newer)
    with pytest.raises(FormatError, match="no such run store"):
        Store(tmp_path / "absent.sqlite", read_only=True)
    with pytest.raises(FormatError, match="folder does not exist"):
        Store(tmp_path / "absent" / "run.sqlite")


def test_the_summary_adds_up(store: Store) -> None:
    add(store, "a", DONE)
    add(store, "b", Record(digest="e", state=State.FAILED, reason="broken"))
    add(store, "c", Record(digest="f", state=State.TIMEOUT, reason="time limit", kind="k"))
    add(store, "d", replace(LATE, digest="g"))
    document = summary_document(store.rows())
    assert document["items"] == 4 == sum(document["states"].values())
    assert sum(group["items"] for group in document["groups"]) == 4
    troubles = {trouble["source"]: trouble["answered"] for trouble in document["troubles"]}
    assert troubles == {"b": False, "c": False, "d": True}


def test_shifted_geometric_mean() -> None:
    assert shifted_geometric_mean([]) == 0
    assert shifted_geometric_mean([2.0, 2.0, 2.0]) == pytest.approx(2.0)
    assert shifted_geometric_mean([0.0, 99.0]) == pytest.approx(9.0)
