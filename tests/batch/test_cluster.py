"""A real scheduler and two real workers on loopback, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eqsolve.batch.run import BatchProgress, run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.task import Question, State
from eqsolve.core.errors import BackendError, OptionError

pytest.importorskip("distributed", reason="the extra `dask` is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

QUESTION = Question(time_limit=30.0)
ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class Cluster:
    """A scheduler and two workers with one thread each and no nanny, as separate processes."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        quiet = ["--no-dashboard"]
        self.scheduler = start("scheduler", "--host", "127.0.0.1", "--port", str(port), *quiet)
        self.workers = [
            start("worker", self.address, "--nthreads", "1", "--no-nanny", *quiet) for _ in range(2)
        ]

    def wait(self) -> None:
        from distributed import Client

        end = time.monotonic() + 90
        while True:
            try:
                with Client(self.address, timeout=5, set_as_default=False) as client:
                    client.wait_for_workers(2, timeout=60)
                return
            except (OSError, TimeoutError):
                assert time.monotonic() < end, "the cluster does not start"

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    try:
        made.wait()
        yield made
    finally:
        made.close()


@pytest.fixture
def markets(tmp_path: Path) -> Path:
    lines = []
    for index in range(400):
        values = [[(index * 7 + i * 5 + j * 3) % 13 for j in range(3)] for i in range(3)]
        lines.append(json.dumps({"eqsolve": 1, "kind": "assignment_market", "values": values}))
    path = tmp_path / "markets.jsonl"
    path.write_text("\n".join([*lines, "{broken"]))
    return path


def run(
    cluster: Cluster, markets: Path, store: Path, act: int = -1, victim: str = ""
) -> BatchProgress:
    """Run the batch; after `act` finished items kill a worker or the scheduler."""
    from eqsolve.batch.cluster import ClusterExecutor

    killed = []

    def watch(progress: BatchProgress) -> None:
        if victim and not killed and progress.finished >= act:
            killed.append(victim)
            cluster.kill(cluster.workers[0] if victim == "worker" else cluster.scheduler)

    return run_batch(
        [str(markets)],
        store,
        QUESTION,
        executor=lambda: ClusterExecutor(cluster.address, QUESTION, None),
        on_progress=watch,
    )


def states(store: Path) -> dict[str, str]:
    with Store(store, read_only=True) as opened:
        rows = [row for row in opened.rows() if row["state"] != State.OPEN]
        return {row["source"]: row["state"] for row in rows}


def test_a_killed_worker_costs_nothing(cluster: Cluster, markets: Path, tmp_path: Path) -> None:
    store = tmp_path / "run.sqlite"
    progress = run(cluster, markets, store, act=30, victim="worker")
    assert cluster.workers[0].poll() is not None
    assert (progress.total, progress.done, progress.failed) == (401, 400, 1)
    found = states(store)
    assert len(found) == 401
    assert sum(state == "done" for state in found.values()) == 400
    alone = tmp_path / "alone.sqlite"
    run_batch([str(markets)], alone, QUESTION, jobs=1)
    assert states(alone) == found


def test_a_killed_scheduler_costs_only_what_was_under_way(
    cluster: Cluster, markets: Path, tmp_path: Path
) -> None:
    store = tmp_path / "run.sqlite"
    with pytest.raises(BackendError, match="scheduler is gone"):
        run(cluster, markets, store, act=30, victim="scheduler")
    finished = len(states(store))
    assert finished >= 30
    progress = run_batch([str(markets)], store, QUESTION, jobs=1)
    assert progress.skipped == finished
    assert len(states(store)) == 401


@pytest.mark.parametrize("status", ["cancelled", "finished", "lost"])
def test_a_result_that_the_scheduler_takes_along_is_no_failure(status: str) -> None:
    """The scheduler dies after a result has arrived and before it is fetched."""
    from concurrent.futures import CancelledError
    from types import SimpleNamespace

    from eqsolve.batch.cluster import ClusterExecutor

    def result() -> None:
        raise CancelledError("scheduler-connection-lost")

    executor = ClusterExecutor.__new__(ClusterExecutor)
    with pytest.raises(BackendError, match="scheduler is gone"):
        executor._outcome(SimpleNamespace(result=result, status=status))
    failed = executor._outcome(SimpleNamespace(result=result, status="error"))
    assert failed.state is State.FAILED


def test_no_scheduler_is_unusable_input(
    markets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eqsolve.batch import cluster as module

    monkeypatch.setattr(module, "_CONNECT", 0.5)
    with pytest.raises(OptionError, match="no Dask scheduler at"):
        module.ClusterExecutor("tcp://127.0.0.1:9", QUESTION, None)
