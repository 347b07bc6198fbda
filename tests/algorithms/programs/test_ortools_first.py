"""Foreign libraries that quarrel live together in one process when loaded in the right order."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONVEX = "eqsolve.solve(eqsolve.FisherMarket([[1, 2], [3, 1]], [1, 2]), method='eisenberg_gale')\n"
MIXED = (
    "eqsolve.solve(eqsolve.TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)]),"
    " method='plain')\n"
)


@pytest.mark.parametrize("program", [CONVEX + MIXED, MIXED + CONVEX], ids=["convex", "mixed"])
def test_either_backend_may_come_first(program: str) -> None:
    code = "import eqsolve\n" + program
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert shown.returncode == 0, shown.stderr


@pytest.mark.skipif(find_spec("highspy") is None, reason="highspy is not installed")
@pytest.mark.parametrize("first", ["highspy", "cvxpy"])
def test_a_user_may_have_loaded_highspy_before(first: str) -> None:
    code = f"import {first}, eqsolve\nprint(" + MIXED.rstrip() + ".objective)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (shown.returncode, shown.stdout.split()[-1:]) == (0, ["2"]), shown.stderr


@pytest.mark.skipif(find_spec("highspy") is None, reason="highspy is not installed")
@pytest.mark.parametrize("limits", ["", "Limits(time=60.0)"])
def test_the_process_of_its_own_has_the_same_limit_or_none(limits: str) -> None:
    code = (
        "import highspy, numpy as np\n"
        "from scipy.sparse import csr_array\n"
        "from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer\n"
        "from eqsolve.core.limits import Deadline, Limits\n"
        "print(maximize_mixed_integer(\n"
        "    np.array([3.0, 2.0]), csr_array([[2.0, 2.0]]), np.array([3.0]),\n"
        f"    integer=np.array([True, True]), upper=np.ones(2), deadline=Deadline({limits}),\n"
        "))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert shown.stdout.startswith("Solved("), shown.stdout + shown.stderr
    assert "objective=3.0" in shown.stdout


def test_loading_is_silent() -> None:
    code = "import eqsolve\n" + CONVEX
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (shown.returncode, shown.stderr) == (0, "")
