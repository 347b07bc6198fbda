"""Closed standard streams, as a daemon or ``>&-`` leaves them: no traceback, no spoiled file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOG = "catalog:shapley-shubik-1971"


def eqsolve(*arguments: str, closed: tuple[int, ...]) -> subprocess.CompletedProcess[str]:
    """Run the program with some of its standard streams closed."""

    def close(numbers: tuple[int, ...]) -> Callable[[], None]:
        return lambda: [os.close(number) for number in numbers] and None

    command = [sys.executable, "-m", "eqsolve.cli.__main__", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, preexec_fn=close(closed)
    )


@pytest.mark.parametrize("form", [["--json"], []], ids=["json", "tables"])
def test_closed_output_is_a_reader_that_has_gone(form: list[str]) -> None:
    shown = eqsolve("solve", CATALOG, *form, closed=(1,))
    assert (shown.returncode, shown.stderr) == (141, "")


def test_who_asks_for_no_output_does_not_miss_it(tmp_path: Path) -> None:
    target = tmp_path / "solution.json"
    shown = eqsolve("solve", CATALOG, "-q", "-o", str(target), closed=(0, 1, 2))
    assert shown.returncode == 0
    assert json.loads(target.read_text())["status"] == "solved"


def test_closed_errors_leave_the_result_alone() -> None:
    shown = eqsolve("solve", CATALOG, "--json", closed=(2,))
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["status"] == "solved"
    assert eqsolve("solve", "absent.json", closed=(2,)).returncode == 2


def test_closed_input_is_empty() -> None:
    shown = eqsolve("solve", "-", closed=(0,))
    assert (shown.returncode, shown.stderr) == (2, "standard input: the file is empty\n")


def test_a_batch_keeps_its_store_apart_from_closed_streams(tmp_path: Path) -> None:
    store = tmp_path / "run.sqlite"
    shown = eqsolve("batch", CATALOG, "--store", str(store), "--jobs", "1", "-q", closed=(0, 1, 2))
    assert shown.returncode == 0
    assert "1 solved" in eqsolve("results", str(store), closed=(2,)).stdout
