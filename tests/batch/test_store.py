"""The store keeps what it was given, replaces only what had no answer, and refuses other files."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import eqsolve.batch.store
from eqsolve.batch.store import RETRIES, SCHEMA_VERSION, Store
from eqsolve.batch.summary import open_sentence, shifted_geometric_mean, summary_document
from eqsolve.batch.task import Known, Question, Record, State
from eqsolve.core.errors import FormatError
from eqsolve.core.text import visible

ROOT = Path(__file__).resolve().parents[2]

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


def begin(store: Store, *sources: str, retry: str = "none") -> int:
    return store.begin(
        QUESTION, retry, {}, f"go on with {len(sources)}", "0", [(s, None) for s in sources], []
    )


def copied(store: Path, folder: Path) -> Path:
    """Return a copy of a store as a kill at this moment would leave it."""
    folder.mkdir()
    for suffix in ("", "-wal", "-journal"):
        if Path(f"{store}{suffix}").exists():
            shutil.copyfile(f"{store}{suffix}", folder / f"{store.name}{suffix}")
    return folder / store.name


def test_a_store_whose_maker_was_killed_is_mended(tmp_path: Path) -> None:
    """At each statement of the making, the files are what kill -9 would leave."""
    path, left = tmp_path / "run.sqlite", []
    connect = sqlite3.connect

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*args, **options)
        db.set_trace_callback(lambda _: left.append(copied(path, tmp_path / str(len(left)))))
        return db

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        Store(path).close()
    assert len(left) > 10
    for copy in left:
        if copy.exists():
            with Store(copy, read_only=True) as looked:
                assert list(looked.rows()) == []
        with Store(copy) as mended:
            add(mended, "a", DONE)
            assert [row["source"] for row in mended.rows()] == ["a"]


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with Store(path) as store:
        add(store, "a", DONE)
    with sqlite3.connect(path) as db:
        db.executescript("DROP TABLE runs; ALTER TABLE items DROP COLUMN run;")
        db.execute("PRAGMA user_version=1")
    before = path.read_bytes()
    with Store(path, read_only=True) as looked:
        assert [row["state"] for row in looked.rows()] == ["done"]
    assert path.read_bytes() == before
    with Store(path) as store:
        begin(store, "b")
        assert [row["state"] for row in store.rows()] == ["done", "open"]


def test_several_may_start_on_one_new_store(tmp_path: Path) -> None:
    """Threads have connections of their own: to SQLite they are as good as processes."""
    barrier, troubles = threading.Barrier(6), []

    def start(name: str) -> None:
        for number in range(10):
            barrier.wait(60)
            try:
                with Store(tmp_path / f"{number}.sqlite") as store:
                    begin(store, name)
            except Exception as error:
                troubles.append(error)

    threads = [threading.Thread(target=start, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    for number in range(10):
        with Store(tmp_path / f"{number}.sqlite", read_only=True) as store:
            assert [row["source"] for row in store.rows()] == list("abcdef")


@pytest.mark.parametrize("made", [False, True])
def test_a_store_behind_a_link_is_where_the_link_leads(tmp_path: Path, made: bool) -> None:
    (tmp_path / "far").mkdir()
    link, real = tmp_path / "link.sqlite", tmp_path / "far" / "real.sqlite"
    link.symlink_to(real)
    if made:
        Store(real).close()
    with Store(link) as store:
        begin(store, "a")
        left = copied(real, tmp_path / "killed")
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["far", "killed", "link.sqlite"]
    link.unlink()
    link.symlink_to(left)
    with pytest.MonkeyPatch.context() as patch:  # as in a folder where nothing may be written
        patch.setattr(Store, "_version", _unreadable(Store._version))
        with Store(link, read_only=True) as store:
            assert [row["source"] for row in store.rows()] == ["a"]


def _unreadable(version: Any) -> Any:
    """Return `_version` that fails once as SQLite does where it may not write."""
    calls: list[int] = []

    def wrapped(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise sqlite3.OperationalError("unable to open database file")
        return version(*arguments)

    return wrapped


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with Store(path) as store:
        add(store, "a", DONE)
    before = path.read_bytes()
    with Store(path, read_only=True) as store:
        assert len(list(store.rows())) == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


LOOK = """
import os, sys
from eqsolve.batch.store import Store
from eqsolve.batch.task import Question
if os.geteuid() == 0:
    os.setuid(65534)
with Store(sys.argv[1], read_only=True) as store:
    print([row["state"] for row in store.rows()])
try:
    Store(sys.argv[1]).begin(Question(), "none", {}, "", "0", [], [])
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize("killed", [False, True])
def test_a_store_where_nothing_may_be_written_can_be_read(killed: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # of a folder that other users can enter
        folder = Path(name)
        folder.chmod(0o755)
        with Store(folder / "run.sqlite") as store:
            begin(store, "a", "b")
            add(store, "a", DONE)
            path = copied(store.path, folder / "killed") if killed else store.path
        for file in path.parent.glob("run.sqlite*"):
            file.chmod(0o444)
        path.parent.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, cwd=ROOT
        )
        path.parent.chmod(0o755)
    states, refused = done.stdout.splitlines()
    assert states == "['done', 'open']", done.stderr
    assert "cannot be" in refused


def test_a_full_disk_is_one_line_and_costs_only_what_was_new(store: Store) -> None:
    add(store, "a", DONE)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")
    big = replace(DONE, digest="e", reason=random.Random(0).randbytes(50_000).hex())
    with pytest.raises(OSError, match="no space left; what was finished is safe") as caught:
        store.add(QUESTION, [("b", "1", DONE), ("c", "1", big)], "0")
    assert caught.value.filename == str(store.path)
    assert [row["source"] for row in store.rows()] == ["a"]
    store._db.execute("PRAGMA max_page_count=100000")
    add(store, "b", DONE)
    assert [row["source"] for row in store.rows()] == ["a", "b"]


def test_a_locked_store_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eqsolve.batch.store, "_PATIENCE", 0.1)
    path = tmp_path / "run.sqlite"
    with Store(path) as store, contextlib.closing(sqlite3.connect(path)) as other:
        add(store, "a", DONE)
        other.execute("BEGIN EXCLUSIVE")
        with Store(path) as second, pytest.raises(OSError, match="locked by another program"):
            begin(second, "b")


def test_a_damaged_store_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    with Store(path) as store:
        for name in "abcdefgh":
            add(store, name, replace(DONE, digest=name, reason="x" * 3000))
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(FormatError, match=r"damaged: .*name another file"):
        Store(path)
    for odd in (tmp_path, Path(os.devnull)):
        with pytest.raises(FormatError, match="is no file; name another one"):
            Store(odd)


def test_what_was_asked_is_open_until_it_is_answered(store: Store) -> None:
    run = begin(store, "a", "b", "c")
    store.add(QUESTION, [("b", "1", DONE)], "0", run)
    assert [(row["source"], row["state"]) for row in store.rows()] == [
        ("a", "open"), ("b", "done"), ("c", "open"),
    ]  # fmt: skip
    assert "to go on: go on with 3" in next(store.rows())["reason"]
    document = summary_document(store.rows(), store.runs())
    assert (document["answered"], document["open"]) == (1, 2)
    assert document["go_on"] == ["go on with 3"]
    assert "1 of 3 items are answered, 2 are open" in open_sentence(document)
    again = begin(store, "a", "c")
    store.add(QUESTION, [(name, "1", Known("d", State.DONE)) for name in "ac"], "0", again)
    store.end(again)
    document = summary_document(store.rows(), store.runs())
    assert (document["answered"], document["open"], document["go_on"]) == (3, 0, [])
    assert open_sentence(document) == ""


def test_a_retry_that_was_cut_short_keeps_the_old_word_and_is_open(store: Store) -> None:
    add(store, "a", FAILED)
    store._db.execute("UPDATE answers SET finished='2020-01-01T00:00:00.000Z'")
    store.begin(QUESTION, "failed", {}, "again", "0", [("a", "1")], [])
    assert [row["state"] for row in store.rows()] == ["failed"]
    document = summary_document(store.rows(), store.runs())
    assert (document["open"], document["go_on"]) == (1, ["again"])


@pytest.mark.parametrize("name", ["\udcff.json", "a\x1b[31m\n.json", "\ud800x", "数.json"])
def test_names_of_any_encoding_are_kept_and_shown(store: Store, name: str) -> None:
    record = Record(digest="raw:x", state=State.FAILED, reason=f"{name}: broken", name=name)
    if name != "\ud800x":  # half of a pair is in no name of a file
        add(store, name, record)
        assert set(store.answered(QUESTION)) == {name}
        row = next(store.rows(QUESTION, {name}))
        assert row["source"] == visible(name)
        assert "\x1b" not in row["reason"]
        assert row["reason"].isprintable()
        assert list(store.rows(QUESTION, {"other"})) == []


class StoreMachine(RuleBasedStateMachine):
    """Runs, outcomes, changed files, and kills at any moment, against a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.copies = 0
        self.store = Store(Path(self.folder.name) / "run.sqlite")
        self.content = dict.fromkeys("abc", 0)
        self.asked: dict[str, str] = {}
        self.stamps: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.todo: list[str] = []
        self.retry = "none"

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def stamp(self, name: str) -> str:
        return f"version {self.content[name]}"

    @rule(names=st.sets(st.sampled_from("abc"), min_size=1), retry=st.sampled_from(list(RETRIES)))
    def start(self, names: set[str], retry: str) -> None:
        answered = self.store.answered(QUESTION)
        todo, known = [], []
        for name in sorted(names):
            stamp, state = answered.get(name, ("", ""))
            same = stamp if stamp == self.stamp(name) else None
            if same is not None and state not in RETRIES[retry]:
                known.append((name, same))
            else:
                todo.append((name, same))
                self.asked[name] = State.OPEN if same is None else state
        self.store.begin(QUESTION, retry, {}, "go on", "0", todo, known)
        self.todo, self.retry = [name for name, _ in todo], retry

    def outcome(self, name: str, state: str, died: bool) -> Record | Known:
        """Return what a worker would send, and note what must be in the store then."""
        digest = f"{name}{self.content[name]}"
        known = self.answers.get(digest)
        if known is not None and known not in RETRIES[self.retry]:
            self.asked[name] = known
            return Known(digest, known)
        feasible = self.answers.get(digest) == State.TIMEOUT
        if died or state == State.FAILED:
            kept = feasible and (not died or self.asked[name] == State.TIMEOUT)
            self.asked[name] = State.TIMEOUT if kept else State.FAILED
            if not died and not kept:
                self.answers[digest] = State.FAILED
            return Record(digest=f"raw:{digest}" if died else digest, state=State.FAILED)
        self.asked[name] = self.answers[digest] = state
        status = "feasible" if state == State.TIMEOUT else "solved"
        return Record(digest=digest, state=state, status=status, gap=0.5)

    @precondition(lambda self: self.todo)
    @rule(
        state=st.sampled_from([State.DONE, State.FAILED, State.TIMEOUT]),
        died=st.booleans(),
    )
    def finish(self, state: str, died: bool) -> None:
        name = self.todo.pop()
        self.store.add(
            QUESTION, [(name, self.stamp(name), self.outcome(name, state, died))], "0", 1
        )

    @rule(name=st.sampled_from("abc"))
    def edit(self, name: str) -> None:
        if name not in self.todo:  # an edit during the solve is the business of the stamp
            self.content[name] += 1

    @rule(within=st.booleans())
    def kill(self, within: bool) -> None:
        """Go on with the files as they are, perhaps in the middle of a transaction."""
        self.copies += 1
        folder = Path(self.folder.name) / str(self.copies)
        found: list[Path] = []

        def finished() -> Iterator[tuple[str, str, Record]]:
            yield "a", "lost", Record(digest="lost", state=State.DONE)
            found.append(copied(self.store.path, folder))
            raise InterruptedError

        if within:
            with pytest.raises(InterruptedError):
                self.store.add(QUESTION, finished(), "0", 1)
        else:
            found.append(copied(self.store.path, folder))
        self.store.close()
        self.store, self.todo = Store(found[0]), []

    @invariant()
    def the_store_says_what_was_asked_and_what_is_known(self) -> None:
        rows = {row["source"]: row["state"] for row in self.store.rows()}
        assert rows == self.asked
        waiting = sum(state == State.OPEN for state in self.asked.values())
        assert sum(run["open"] for run in self.store.runs()) >= waiting


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(stateful_step_count=15)
