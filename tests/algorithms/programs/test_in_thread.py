from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from eqsolve.algorithms.programs.in_thread import anything_left, run_apart

ROOT = Path(__file__).resolve().parents[3]


def test_answers_and_errors_come_back() -> None:
    assert run_apart(lambda: "answer", lambda: False) == "answer"
    with pytest.raises(ZeroDivisionError):
        run_apart(lambda: 1 // 0, lambda: False)
    assert not anything_left()


def test_a_call_left_behind_is_told_to_stop() -> None:
    told = threading.Event()
    start = time.monotonic()
    assert run_apart(lambda: told.wait(30), lambda: True, told.set) is None
    assert time.monotonic() - start < 10
    while anything_left() and time.monotonic() < start + 10:
        time.sleep(0.01)
    assert not anything_left()


def test_the_program_leaves_at_once_with_its_status() -> None:
    code = (
        "import threading, sys\n"
        "from eqsolve.algorithms.programs import in_thread as apart\n"
        "from eqsolve.cli import __main__ as program\n"
        "apart.run_apart(lambda: threading.Event().wait(60), lambda: True)\n"
        "def main():\n    print('result'); sys.exit(3)\n"
        "program.main = main\n"
        "program.run()"
    )
    start = time.monotonic()
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (shown.returncode, shown.stdout) == (3, "result\n")
    assert time.monotonic() - start < 15
