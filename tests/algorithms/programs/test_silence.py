"""Foreign solvers print nothing; what Python prints meanwhile arrives."""

from __future__ import annotations

import ctypes
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from scipy.sparse import csr_array

from eqsolve.algorithms.programs.answer import Solved
from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer
from eqsolve.algorithms.programs.silence import silence
from eqsolve.core.limits import Deadline, Limits

try:
    C = ctypes.CDLL(None)
    ctypes.c_void_p.in_dll(C, "stdout")
except (TypeError, OSError, ValueError):
    pytest.skip("the C library has no variable stdout", allow_module_level=True)


def c_prints(text: str) -> None:
    C.puts(text.encode())
    C.fflush(None)


def test_c_code_is_silent_and_python_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    c_prints("before")
    with silence():
        c_prints("stray")
        os.write(1, b"descriptor\n")
        sys.stdout.write("python\n")
        sys.stdout.flush()
    c_prints("after")
    assert capfd.readouterr().out == "before\ndescriptor\npython\nafter\n"


def test_the_last_of_several_threads_turns_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    inside = Barrier(3)

    def work(name: str) -> None:
        with silence():
            inside.wait()
            c_prints(name)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "abc"))
    c_prints("after")
    assert capfd.readouterr().out == "after\n"


def test_it_is_turned_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), silence():
        _ = 1 / 0
    c_prints("after")
    assert capfd.readouterr().out == "after\n"


def test_a_program_whose_solutions_are_repaired_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The HiGHS of OR-tools 9.15 printed eight lines here."""
    rng = np.random.default_rng(4)
    n, m = int(rng.integers(5, 40)), int(rng.integers(2, 20))
    sizes = 10.0 ** rng.integers(-3, 7, (m, n))
    matrix = rng.random((m, n)) * sizes * (rng.random((m, n)) < 0.5)
    integer = rng.random(n) < 0.5
    upper = np.minimum(np.where(integer, rng.integers(1, 10, n), np.inf), 1e6)
    right = matrix.sum(axis=1) * rng.random(m) * 3 + 1e-3
    objective = rng.random(n) * 10.0 ** rng.integers(0, 8)
    answer = maximize_mixed_integer(
        objective, csr_array(matrix), right, integer=integer, upper=upper,
        deadline=Deadline(Limits(time=20)),
    )  # fmt: skip
    assert isinstance(answer, Solved)
    C.fflush(None)
    assert capfd.readouterr() == ("", "")
