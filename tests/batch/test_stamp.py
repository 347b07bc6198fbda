"""An answer belongs to its data: changed content is solved anew, unchanged content never."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsolve.batch.stamp
from eqsolve.batch.run import run_batch
from eqsolve.batch.stamp import Desk, Witness, read_stamp, write_stamp
from eqsolve.batch.store import Store
from eqsolve.batch.task import Known, Question, Record, State, execute
from eqsolve.io.sources import Source

QUESTION = Question()


def market(values: object) -> str:
    return json.dumps({"eqsolve": 1, "kind": "assignment_market", "values": values})


def game(rows: list[int]) -> str:
    return 'NFG 1 R "" { "a" "b" } { 2 1 } ' + " ".join(str(entry) for entry in rows)


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run a batch over the folder; return (known, asked, objective of the one item)."""

    def once() -> tuple[int, int, Any]:
        store = tmp_path / "run.sqlite"
        progress = run_batch([str(tmp_path / "in")], store, QUESTION, jobs=1)
        with Store(store, read_only=True) as opened:
            row, *others = opened.rows()
        assert not others or progress.total > 1
        return progress.skipped, progress.total - progress.skipped, row["objective"]

    (tmp_path / "in").mkdir()
    return once


def rewrite(path: Path, data: bytes, *, keep: bool = False) -> None:
    """Replace a file's bytes in place; `keep` its size and time of change."""
    before = path.stat()
    path.write_bytes(data)
    if keep:
        assert path.stat().st_size == before.st_size
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def save(path: Path, values: list[list[int]], *, keep: bool = False) -> None:
    np.save(path.with_name("made.npy"), np.array(values))
    data = path.with_name("made.npy").read_bytes()
    path.with_name("made.npy").unlink()
    if path.exists():
        rewrite(path, data, keep=keep)
    else:
        path.write_bytes(data)


@pytest.mark.parametrize("keep", [False, True])
def test_an_array_beside_the_file_is_part_of_the_content(
    tmp_path: Path, run: Any, keep: bool
) -> None:
    inside = tmp_path / "in"
    (inside / "m.json").write_text(market({"file": "values.npy"}))
    save(inside / "values.npy", [[5, 3], [4, 1]])
    assert run() == (0, 1, 7)
    assert run() == (1, 0, 7)
    save(inside / "values.npy", [[50, 3], [4, 10]], keep=keep)
    assert run() == (0, 1, 60)
    save(inside / "values.npy", [[5, 3], [4, 1]], keep=keep)
    assert run() == (0, 1, 7)


@pytest.mark.parametrize("keep", [False, True])
def test_an_array_that_appears_is_part_of_the_content(tmp_path: Path, run: Any, keep: bool) -> None:
    inside = tmp_path / "in"
    (inside / "m.json").write_text(market({"file": "values.npy"}))
    assert run() == (0, 1, None)
    assert run() == (1, 0, None)
    save(inside / "values.npy", [[5, 3], [4, 1]], keep=keep)
    assert run() == (0, 1, 7)


def test_an_array_behind_a_link_that_leads_elsewhere(tmp_path: Path, run: Any) -> None:
    inside = tmp_path / "in"
    (inside / "m.json").write_text(market({"file": "values.npy"}))
    save(inside / "one.npy", [[5]])
    save(inside / "two.npy", [[6]])
    (inside / "values.npy").symlink_to("one.npy")
    assert run() == (0, 1, 5)
    (inside / "values.npy").unlink()
    (inside / "values.npy").symlink_to("two.npy")
    assert run() == (0, 1, 6)


@pytest.mark.parametrize("keep", [False, True])
def test_every_form_of_file_is_known_by_its_content(tmp_path: Path, run: Any, keep: bool) -> None:
    inside = tmp_path / "in"
    forms = {
        "m.json": (market([[5]]), market([[6]])),
        "m.jsonl": (market([[5]]) + "\n", market([[6]]) + "\n"),
        "m.nfg": (game([1, 1, 2, 2]), game([2, 1, 1, 2])),
    }
    for name, (first, second) in forms.items():
        path = inside / name
        path.write_text(first)
        before = run()[:2], run()[:2]
        rewrite(path, second.encode(), keep=keep)
        assert (*before, run()[:2], run()[:2]) == ((0, 1), (1, 0), (0, 1), (1, 0)), name
        path.unlink()
        (tmp_path / "run.sqlite").unlink()


def test_a_line_put_in_front_shifts_all_others(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "in" / "m.jsonl"
    path.write_text("".join(market([[k]]) + "\n" for k in (5, 6, 7)))
    assert run()[:2] == (0, 3)
    path.write_text(path.read_text() + market([[8]]) + "\n")
    assert run()[:2] == (3, 1)
    path.write_text(market([[9]]) + "\n" + path.read_text())
    assert run()[:2] == (0, 5)
    with Store(tmp_path / "run.sqlite", read_only=True) as store:
        assert [row["objective"] for row in store.rows()] == [9, 5, 6, 7, 8]


def test_a_touched_file_is_not_solved_again_not_even_a_broken_one(tmp_path: Path, run: Any) -> None:
    for name, text in (("good.json", market([[5]])), ("bad.json", market([[-1]]))):
        (tmp_path / "in" / name).write_text(text)
    assert run()[:2] == (0, 2)
    for name in ("good.json", "bad.json"):
        (tmp_path / "in" / name).touch()
    assert run()[:2] == (2, 0)


@pytest.mark.parametrize("beside", [False, True])
def test_a_file_edited_while_it_is_solved_is_solved_anew(
    tmp_path: Path, run: Any, beside: bool
) -> None:
    inside = tmp_path / "in"
    path = inside / "values.npy" if beside else inside / "m.json"
    (inside / "m.json").write_text(market({"file": "values.npy"} if beside else [[5]]))
    if beside:
        save(path, [[5]])
    source = Source(str(inside / "m.json"))

    def edit(digest: str) -> None:  # asked between reading and solving
        if beside:
            save(path, [[6]], keep=True)
        else:
            rewrite(path, market([[6]]).encode(), keep=True)

    outcome = execute(source, QUESTION, edit)
    assert isinstance(outcome, Record)
    if beside:
        assert (outcome.state, outcome.files) == (State.FAILED, ())
        assert f"{path}: changed while it was being solved" in outcome.reason
        stamp = ""
    else:
        assert (outcome.state, outcome.objective) == (State.DONE, 5)
        stamp = write_stamp(outcome.files)
    assert Desk().confirmed(source, stamp) is None
    with Store(tmp_path / "run.sqlite") as store:
        store.add(QUESTION, [(str(inside / "m.json"), stamp, outcome)], "0")
    assert run() == (0, 1, 6)


def test_what_was_read_is_known_after_the_death_of_its_reader(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(market({"file": "values.npy"}))
    save(tmp_path / "values.npy", [[5]])
    source = Source(str(tmp_path / "m.json"))
    told: list[Any] = []
    desk = Desk()
    desk.look(source)
    outcome = execute(source, QUESTION, lambda digest: State.DONE, told.append)
    assert isinstance(outcome, Known)
    stamp = desk.testify(source, told)
    assert [Path(state.path).name for state in read_stamp(stamp)] == ["m.json", "values.npy"]
    assert Desk().confirmed(source, stamp) is not None
    save(tmp_path / "values.npy", [[6]], keep=True)
    assert Desk().confirmed(source, stamp) is None


def test_a_settled_file_is_only_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.json"
    path.write_text(market([[5]]))
    source = Source(str(path))
    witness = Witness(source)
    witness.read(path.read_bytes())
    young = write_stamp(witness.files)
    monkeypatch.setattr(eqsolve.batch.stamp, "_SETTLED", -(10**18))  # as if it were old
    monkeypatch.setattr(Source, "data", lambda self: pytest.fail("read"))
    assert Desk().confirmed(source, young) == young


def test_a_young_file_is_read_once_more_and_then_believed(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(market([[5]]))
    source = Source(str(path))
    witness = Witness(source)
    witness.read(path.read_bytes())
    young = write_stamp(witness.files)
    assert not read_stamp(young)[0].settled
    same_look = read_stamp(young)[0]._replace(digest="another")
    assert Desk().confirmed(source, write_stamp([same_look])) is None
    renewed = Desk().confirmed(source, young)
    assert renewed is not None
    assert read_stamp(renewed)[0].seen > read_stamp(young)[0].seen


def test_stamps_of_other_versions_are_read_as_unknown(tmp_path: Path) -> None:
    for stamp in ("", "12:34:0:-1", "[]", "[1]", "{}", "null", '[["x"]]'):
        assert Desk().confirmed(Source(str(tmp_path / "m.json")), stamp) is None
