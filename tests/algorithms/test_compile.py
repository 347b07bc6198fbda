"""Compiled where it pays: interpreted twins of kernels, and when they are taken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve.algorithms import compile as compiling
from eqsolve.algorithms.compile import (
    few_lines,
    fitting,
    interpreted,
    is_compiled,
    kernel,
    part,
    scan_part,
)
from eqsolve.core.compilation import COMPILATION
from eqsolve.core.limits import Deadline, Limits


@kernel
def _halves(x: int) -> int:
    return x // 2


@kernel
def _depth(x: int) -> int:
    """Count the halvings of x down to 0."""
    count = 0
    while x > 0:
        x = _halves(x)
        count += 1
    return count


@part
def _double(x: float) -> float:
    return 2 * x


@scan_part
def _greater(x: float, y: float) -> float:
    return max(x, y)


@few_lines
def _more(x: float) -> float:
    return _greater(_double(x), 3.0) + 1


@kernel
def _sum(x: float) -> float:
    return _double(x) + _more(x) + _double(2.0)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process that has compiled and interpreted nothing yet, whatever the cache holds."""
    monkeypatch.setattr(compiling, "_ready", {})
    monkeypatch.setattr(compiling, "_twins", {})
    monkeypatch.setattr(compiling, "_interpreting", [0.0])
    monkeypatch.setattr(compiling, "is_compiled", lambda compiled: False)
    return monkeypatch


def test_a_twin_compiles_nothing() -> None:
    assert interpreted(_depth)(1000) == 10
    assert not _depth.signatures  # type: ignore[attr-defined]
    assert not _halves.signatures  # type: ignore[attr-defined]


def test_parts_live_inside_kernels_only() -> None:
    for _ in range(2):  # before and after it was compiled for these types
        with pytest.raises(TypeError, match="only they can call it"):
            _double(1.5)
        assert _sum(1.5) == 3 + 4 + 4 == interpreted(_sum)(1.5)
    # A constant is any number: one signature at most, none where `_sum` came from the disk.
    assert len(_double.signatures) <= 1  # type: ignore[attr-defined]


def test_short_calls_are_interpreted_until_patience_ends(fresh: pytest.MonkeyPatch) -> None:
    assert fitting(_depth, 10) is not _depth
    assert fitting(_depth, 10)(1000) == 10
    assert compiling._interpreting[0] > 0
    assert fitting(_depth, 1e9) is _depth
    fresh.setattr(compiling, "_interpreting", [1e9])
    assert fitting(_depth, 10) is _depth


def test_a_compiled_kernel_is_taken(fresh: pytest.MonkeyPatch) -> None:
    fresh.undo()
    done = compiling.numba.njit(lambda x: x + 2)  # not cached, so that the next run starts anew
    assert not is_compiled(done)
    done(1)
    assert is_compiled(done)
    fresh.setattr(compiling, "_ready", {})
    assert fitting(done, 1) is done


def _markets() -> list[Any]:
    """Markets that small searches settle, full of ties."""
    rng = np.random.default_rng(5)
    hard = [
        eqsolve.ModelMarket(rng.integers(0, top, (5, 4)), rng.integers(1, 4, 4), 3)
        for top in (2, 4, 50)
    ]
    soft = eqsolve.ModelMarket(
        rng.integers(0, 4, (3, 4)), rng.integers(1, 4, 4), 3, {"rule": "softmax", "beta": 1.0}
    )
    return [(market, "support_search") for market in hard] + [(soft, "count_search")]


@pytest.mark.slow
@pytest.mark.parametrize(("market", "method"), _markets())
def test_answers_do_not_depend_on_what_is_compiled(
    market: Any, method: str, fresh: pytest.MonkeyPatch
) -> None:
    first = eqsolve.solve(market, method=method)
    assert compiling._interpreting[0] > 0
    fresh.setattr(compiling, "_ready", {})
    fresh.setattr(compiling, "is_compiled", lambda compiled: True)
    again = eqsolve.solve(market, method=method)
    assert (first.status, first.stats.counts) == (again.status, again.stats.counts)
    if first.solution is not None and again.solution is not None:
        assert first.solution.to_dict() == again.solution.to_dict()


@pytest.mark.slow
def test_a_trading_network_is_the_same_interpreted(fresh: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    network = eqsolve.TradingNetwork(
        rng.integers(0, 9, (7, 6)), known=np.argwhere(rng.random((7, 6)) < 0.4)
    )
    first = eqsolve.solve(network, method="exact")
    assert compiling._interpreting[0] > 0
    fresh.setattr(compiling, "_ready", {})
    fresh.setattr(compiling, "is_compiled", lambda compiled: True)
    again = eqsolve.solve(network, method="exact")
    assert first.stats.counts == again.stats.counts
    assert first.solution.to_dict() == again.solution.to_dict()


def test_without_a_folder_to_write_to_kernels_work_uncached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = compiling.numba.njit

    def nowhere(*, cache: bool = False, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(compiling.numba, "njit", nowhere)
    alone = kernel(lambda x: x + 3)
    assert alone(1) == 4
    assert compiling.cache_folder(alone) is None


@pytest.mark.slow
def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from eqsolve.algorithms.matching.sparse.heap import push\n"
        "print(push(np.zeros(3, np.int64), np.zeros(3, np.int32), 0, 5, 1))\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert done.stdout == "1\n"
        kept = sorted(tmp_path.rglob("*.nbi"))
        assert kept
        for index in kept:
            index.write_bytes(index.read_bytes()[:20])


@pytest.mark.slow
def test_of_two_processes_one_compiles_and_the_other_waits_for_it(tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from eqsolve.algorithms.matching.sparse.heap import push\n"
        "print('ready', flush=True)\n"
        "input()\n"
        "push(np.zeros(3, np.int64), np.zeros(3, np.int32), 0, 5, 1)\n"
        "counts = push.stats\n"
        "print(sum(counts.cache_misses.values()), sum(counts.cache_hits.values()))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # both have an empty cache before them
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate()[0].split() for process in processes)
    assert said == [["0", "1"], ["1", "0"]]


def test_compiling_is_counted_apart_and_told() -> None:
    told: list[str] = []
    deadline = Deadline(Limits(time=1e9), lambda progress: told.append(progress.message))
    before = COMPILATION.seconds
    with COMPILATION.told(deadline.compiling):
        compiling.numba.njit(lambda x: x + 4)(1)
    assert COMPILATION.seconds > before
    assert told[0].startswith("compiling")
    compiling.numba.njit(lambda x: x + 5)(1)
    assert len(told) == 2  # nothing is told afterwards
