"""Batches lose nothing: killed at any moment, shared, retried, whatever the number of jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import eqsolve
from eqsolve.batch.export import export_csv, export_parquet, export_solutions
from eqsolve.batch.run import run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.task import Question, State

QUESTION = Question()
ROOT = Path(__file__).resolve().parents[2]


def text(index: int) -> str:
    values = [[(index * 7 + i * 5 + j * 3) % 11 for j in range(3)] for i in range(3)]
    return json.dumps(
        {"eqsolve": 1, "kind": "assignment_market", "values": values, "name": f"m{index}"}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "markets"
    inside.mkdir()
    for index in range(3):
        (inside / f"m{index}.json").write_text(text(index))
    (inside / "more.jsonl").write_text("\n".join(text(index) for index in range(3, 8)))
    (inside / "same.json").write_text(text(0))
    (inside / "broken.json").write_text(
        '{"eqsolve": 1, "kind": "assignment_market", "values": [[-1]]}'
    )
    return inside


def contents(store: Path) -> dict[str, Any]:
    """Return what a store says of each source, times apart."""
    times = ("seconds", "finished")
    found: dict[str, Any] = {}
    with Store(store, read_only=True) as opened:
        for row in opened.rows():
            solution = opened.solution(row["digest"], row["method"], row["question"])
            document = json.loads(solution) if solution else {}
            for time in ("wall_time", "compile_time"):
                document.pop(time, None)
            kept = {key: value for key, value in row.items() if key not in times}
            found[row["source"]] = (kept, document)
    return found


def test_everything_is_solved_and_faults_are_recorded(folder: Path, tmp_path: Path) -> None:
    progress = run_batch([str(folder)], tmp_path / "run.sqlite", QUESTION, jobs=2)
    assert (progress.total, progress.done, progress.failed) == (10, 9, 1)
    found = contents(tmp_path / "run.sqlite")
    row, _ = found[str(folder / "broken.json")]
    assert row["reason"] == f"{folder / 'broken.json'}: values[0, 0] = -1: must be >= 0 and finite"
    assert (
        found[str(folder / "m0.json")][0]["digest"] == found[str(folder / "same.json")][0]["digest"]
    )


def test_results_do_not_depend_on_jobs(folder: Path, tmp_path: Path) -> None:
    for jobs in (1, 3):
        run_batch([str(folder)], tmp_path / f"{jobs}.sqlite", QUESTION, jobs=jobs)
    assert contents(tmp_path / "1.sqlite") == contents(tmp_path / "3.sqlite")


def test_a_second_run_solves_only_what_is_new(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "run.sqlite"
    run_batch([str(folder)], store, QUESTION, jobs=1)
    again = run_batch([str(folder)], store, QUESTION, jobs=1)
    assert (again.skipped, again.done, again.failed) == (10, 0, 0)
    (folder / "new.json").write_text(text(99))
    (folder / "broken.json").write_text(text(98))
    more = run_batch([str(folder)], store, QUESTION, jobs=1)
    assert (more.skipped, more.done) == (9, 2)
    assert contents(store)[str(folder / "broken.json")][0]["state"] == "done"


def test_retry_runs_the_failed_again_and_keeps_them_visible(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "run.sqlite"
    run_batch([str(folder)], store, QUESTION, jobs=1)
    again = run_batch([str(folder)], store, QUESTION, jobs=1, retry="failed")
    assert (again.skipped, again.failed) == (9, 1)
    assert len(contents(store)) == 10


@pytest.mark.slow
def test_kill_of_the_whole_group_loses_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "many.jsonl").write_text("\n".join(text(index) for index in range(100, 700)))
    store = tmp_path / "run.sqlite"
    command = [sys.executable, "-m", "eqsolve.cli", "batch", str(folder), "--store", str(store)]
    finished = 0
    for _ in range(3):
        process = subprocess.Popen(
            [*command, "--jobs", "2"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < end and _count(store) < finished + 20:
            time.sleep(0.02)
        seen = _count(store)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert _count(store) >= seen
        finished = _count(store)
    assert finished >= 40
    progress = run_batch([str(folder)], store, QUESTION, jobs=2)
    assert progress.skipped >= finished
    assert progress.total == len(contents(store)) == 610
    assert sum(row["state"] == "done" for row, _ in contents(store).values()) == 609


@pytest.mark.slow
def test_two_runs_may_share_a_store(folder: Path, tmp_path: Path) -> None:
    (folder / "many.jsonl").write_text("\n".join(text(index) for index in range(100, 200)))
    store = tmp_path / "run.sqlite"
    command = [sys.executable, "-m", "eqsolve.cli", "batch", str(folder), "--store", str(store)]
    runs = [
        subprocess.Popen([*command, "--jobs", "1", "-q"], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in runs:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 1, errors  # one file is broken
    run_batch([str(folder)], tmp_path / "alone.sqlite", QUESTION, jobs=1)
    assert contents(store) == contents(tmp_path / "alone.sqlite")


def test_interrupt_keeps_what_is_finished_and_says_how_to_go_on(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "many.jsonl").write_text("\n".join(text(index) for index in range(100, 5000)))
    store = tmp_path / "run.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-m", "eqsolve.cli", "batch", str(folder), "--store", str(store)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 120
    while _count(store) < 10 and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "To go on: eqsolve batch" in errors
    assert 10 <= _count(store) < 4910


def test_exports_agree_with_the_store(folder: Path, tmp_path: Path) -> None:
    run_batch([str(folder)], tmp_path / "run.sqlite", QUESTION, jobs=1)
    with Store(tmp_path / "run.sqlite", read_only=True) as store:
        assert export_csv(store, tmp_path / "out.csv") == 10
        assert export_solutions(store, tmp_path / "solutions") == 9
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 11
    market = eqsolve.load(folder / "m1.json")
    result = eqsolve.load_solution(tmp_path / "solutions" / "m1.solution.json", market)
    assert eqsolve.verify(market, result).valid
    assert (tmp_path / "solutions" / "more.jsonl_3.solution.json").is_file()


def test_parquet_has_the_same_rows(folder: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    run_batch([str(folder)], tmp_path / "run.sqlite", QUESTION, jobs=1)
    with Store(tmp_path / "run.sqlite", read_only=True) as store:
        assert export_parquet(store, tmp_path / "out.parquet") == 10
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == list(Store.COLUMNS)
    assert sorted(table["state"].to_pylist()) == ["done"] * 9 + ["failed"]


def _count(store: Path) -> int:
    """Return how many answers the store holds, 0 before it is there."""
    if not store.is_file():
        return 0
    try:
        with Store(store, read_only=True) as opened:
            return sum(row["state"] != State.OPEN for row in opened.rows())
    except eqsolve.FormatError:
        return 0  # its tables are being made


def test_a_script_that_runs_a_batch_is_run_once(folder: Path) -> None:
    script = folder.parent / "script.py"
    script.write_text(
        "print('begins')\nimport eqsolve\n"
        f"report = eqsolve.batch({str(folder)!r}, {str(folder.parent / 'run.sqlite')!r}, jobs=1)\n"
        "print(report.document['items'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["begins", "10"]
