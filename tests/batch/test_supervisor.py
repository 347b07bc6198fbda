"""A failing, hanging, hungry or crashing item is recorded with its reason; the rest goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eqsolve.batch.run import run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.supervisor import Supervisor
from eqsolve.batch.task import Question
from eqsolve.core.errors import BackendError

sys.path.insert(0, str(Path(__file__).parent))  # so that spawned workers can import it too

import faulty_worker

QUESTION = Question(time_limit=1.0)
ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, names: list[str], jobs: int = 2) -> dict[str, tuple[str, str]]:
    """Run a batch of items named after their behavior; return name -> (state, reason)."""
    for name in names:
        (folder / f"{name}.json").write_text(f'"{name}"')
    store = folder / "run.sqlite"
    run_batch(
        [str(folder)],
        store,
        QUESTION,
        executor=lambda: Supervisor(
            jobs,
            str(store),
            QUESTION,
            "none",
            time_limit=1.0,
            memory_limit=300 * 2**20,
            target=faulty_worker.work,
        ),
    )
    with Store(store) as opened:
        return {Path(row["source"]).stem: (row["state"], row["reason"]) for row in opened.rows()}


@pytest.mark.slow
def test_every_kind_of_trouble_is_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = run(tmp_path, ["a", "crash", "exit", "hang", "hungry", "z"])
    assert found["a"] == found["z"] == ("done", "")
    assert found["crash"] == ("failed", "the worker was killed by SIGSEGV")
    assert found["exit"] == ("failed", "the worker ended with exit code 7")
    assert found["hang"][0] == "timeout"
    assert "time limit 1 s" in found["hang"][1]
    assert found["hungry"][0] == "failed"
    assert "memory limit 300 MiB" in found["hungry"][1]


@pytest.mark.slow
def test_a_hanging_item_is_killed_with_its_children(tmp_path: Path) -> None:
    run(tmp_path, ["hang"], jobs=1)
    child = int((tmp_path / "hang.pid").read_text())
    end = time.monotonic() + 5
    while time.monotonic() < end and _alive(child):
        time.sleep(0.02)
    assert not _alive(child)


def test_workers_that_cannot_start_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(BackendError, match=r"workers cannot start: .* exit code 3"):
        run_batch(
            [str(tmp_path)],
            tmp_path / "run.sqlite",
            QUESTION,
            executor=lambda: Supervisor(
                1,
                "",
                QUESTION,
                "none",
                time_limit=None,
                memory_limit=None,
                target=faulty_worker.never_ready,
            ),
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_kills_at_any_moment_among_failing_and_hanging_items(tmp_path: Path, seed: int) -> None:
    """Whatever was cut short: nothing is lost, nothing is answered twice, all comes to its end."""
    draw = random.Random(seed)
    names = [f"{word}{k}" for k in range(12) for word in ("a", "wrong")] + ["stuck0", "stuck1"]
    (tmp_path / "in").mkdir()
    for name in names:
        (tmp_path / "in" / f"{name}.json").write_text(f'"{name}"')
    path = tmp_path / "run.sqlite"
    command = [sys.executable, faulty_worker.__file__, str(tmp_path / "in"), str(path)]
    before: dict[str, str] = {}
    ended: list[bool] = []
    for more in (draw.randint(1, 9), draw.randint(1, 9), 99):
        process = subprocess.Popen(
            command, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        while process.poll() is None and len(_finished(path)) < len(before) + more:
            time.sleep(0.005)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        ended.append(process.wait() == 0)  # True: it was through before the kill
        finished = _finished(path)
        assert before.items() <= finished.items()
        before = finished
        with Store(path, read_only=True) as store:
            assert len(list(store.rows())) == len(names)  # what was asked is there from the start
            runs = store.runs()
    assert [bool(run["ended"]) for run in runs] == [*ended[:-1], True]
    assert sum(run["open"] for run in runs) == 0
    states = {"a": "done", "w": "failed", "s": "timeout"}
    assert before == {name: states[name[0]] for name in names}


def _finished(path: Path) -> dict[str, str]:
    """Return the states of the items that a store has an answer for."""
    if not path.exists():
        return {}
    with Store(path, read_only=True) as store:
        rows = [row for row in store.rows() if row["state"] != "open"]
    return {Path(row["source"]).stem: row["state"] for row in rows}


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc").is_dir()
