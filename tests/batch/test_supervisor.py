"""A failing, hanging, hungry or crashing item is recorded with its reason; the rest goes on."""

from __future__ import annotations

import os
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


def test_every_kind_of_trouble_is_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = run(tmp_path, ["a", "crash", "exit", "hang", "hungry", "z"])
    assert found["a"] == found["z"] == ("done", "")
    assert found["crash"] == ("failed", "the worker was killed by SIGSEGV")
    assert found["exit"] == ("failed", "the worker ended with exit code 7")
    assert found["hang"][0] == "timeout"
    assert "time limit 1 s" in found["hang"][1]
    assert found["hungry"][0] == "failed"
    assert "memory limit 300 MiB" in found["hungry"][1]


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
