"""What only a real process shows: start-up, Ctrl-C, standard streams."""

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
from click.testing import CliRunner

from eqsolve.cli.__main__ import main
from eqsolve.cli.running import finished_soon, left_behind, run_interruptibly
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome, Result, Stats
from eqsolve.core.status import Limit, Status
from eqsolve.solve import Request

ROOT = Path(__file__).resolve().parents[2]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from eqsolve.cli.__main__ import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'scipy', 'numba', 'ortools', 'cvxpy', 'networkx', 'rich', 'msgspec'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert shown.stderr.strip() == "[]"


def test_standard_output_carries_the_result_alone() -> None:
    command = [sys.executable, "-m", "eqsolve.cli", "solve", "catalog:shapley-shubik-1971"]
    shown = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert json.loads(shown.stdout)["status"] == "solved"
    assert shown.stderr == ""


@pytest.mark.parametrize("ending", ["sys.exit(3)", "sys.stdout.flush(); os._exit(3)"])
def test_what_foreign_code_prints_does_not_reach_standard_output(ending: str) -> None:
    code = (
        "import os, subprocess, sys\n"
        "from eqsolve.algorithms.programs.in_thread import run_apart\n"
        "from eqsolve.cli import __main__ as program\n"
        "def main():\n"
        "    print('{')\n"
        "    run_apart(lambda: os.write(1, b'stray\\n'), lambda: False)\n"
        "    subprocess.run(['echo', 'worker'])\n"
        f"    print('\u00e9 }}'); {ending}\n"
        "program.main = main\n"
        "program.run()"
    )
    command = [sys.executable, "-X", "utf8", "-c", code]
    shown = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert (shown.returncode, shown.stdout) == (3, "{\n\u00e9 }\n")
    assert shown.stderr == "stray\nworker\n"


def test_closed_streams_are_no_fault() -> None:
    code = (
        "import os\n"
        "os.close(2)\n"
        "from eqsolve.cli import __main__ as program\n"
        "program.main = lambda: print('result')\n"
        "program.run()"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (shown.returncode, shown.stdout) == (0, "result\n")


class Answer:
    def to_dict(self) -> dict[str, object]:
        return {}


def test_interrupt_takes_the_incumbent_of_a_solver_that_does_not_listen() -> None:
    deadline = Deadline()
    outcome: Outcome[Answer] = Outcome(status=Status.FEASIBLE, solution=Answer(), objective=3.0)

    def deaf(clock: Deadline) -> Result[Answer]:
        clock.publish(Progress(incumbent=outcome))
        _press()
        time.sleep(30)
        raise AssertionError("nobody waits this long")

    start = time.monotonic()
    assert run_interruptibly(deaf, deadline) is None
    result = left_behind(deadline)
    assert time.monotonic() - start < 10
    assert (result.status, result.limit, result.objective) == (
        Status.FEASIBLE,
        Limit.INTERRUPTED,
        3.0,
    )


def test_interrupt_waits_for_a_solver_that_listens() -> None:
    def polite(clock: Deadline) -> Result[Answer]:
        _press()
        while not clock.expired():
            time.sleep(0.01)
        return Result(status=Status.UNKNOWN, stats=Stats(method="m"), limit=clock.limit)

    result = run_interruptibly(polite, Deadline())
    assert result is not None
    assert result.limit is Limit.INTERRUPTED


def test_a_picture_obeys_limit_and_ctrl_c_while_it_solves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")

    def endless(self: Request, market: Any, clock: Deadline) -> Result[Answer]:
        if self.time_limit is None:
            _press()
        while not clock.expired():
            time.sleep(0.01)
        return Result(status=Status.UNKNOWN, stats=Stats(method="m"), limit=clock.limit)

    monkeypatch.setattr(Request, "solve", endless)
    picture = tmp_path / "picture.png"
    command = ["plot", "catalog:shapley-shubik-1971", "-o", str(picture)]
    shown = CliRunner().invoke(main, command)
    assert (shown.exit_code, shown.stderr) == (130, "interrupted, with nothing to draw\n")
    assert not picture.exists()
    shown = CliRunner().invoke(main, [*command, "--time-limit", "0.1"])
    assert shown.exit_code == 0
    assert shown.stderr.startswith("stopped early: ")
    assert picture.stat().st_size > 1000


@pytest.mark.slow
def test_a_side_question_ends_within_two_seconds_of_ctrl_c(tmp_path: Path) -> None:
    market = tmp_path / "market.json"
    market.write_text(
        '{"eqsolve": 1, "kind": "model_market", "scores": [[4, 1], [2, 3]], "weights": [1, 1], '
        '"n_platforms": 3}'
    )
    command = [sys.executable, "-m", "eqsolve", "ask", "paradox", str(market)]
    options = ["--option", "tries=100000000"]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "none met in time" in out
    assert "interrupted" in err
    assert "Traceback" not in err


def _press() -> None:
    """Send Ctrl-C to this process, whose main thread is waiting."""
    signal.pthread_kill(_main_thread(), signal.SIGINT)


def _main_thread() -> int:
    import threading

    ident = threading.main_thread().ident
    assert ident is not None
    return ident


@pytest.mark.parametrize("mode", [["-u"], []], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("form", ["'--json'", ""], ids=["json", "tables"])
def test_a_reader_that_goes_away_is_no_fault(mode: list[str], form: str) -> None:
    code = (
        "import os, sys\n"
        "reader, writer = os.pipe()\n"
        "os.dup2(writer, 1); os.close(writer); os.close(reader)\n"
        "from eqsolve.cli.__main__ import main\n"
        f"main(['solve', 'catalog:shapley-shubik-1971', {form}])"
    )
    shown = subprocess.run(
        [sys.executable, *mode, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
    )
    assert shown.returncode == 141
    assert shown.stderr == ""


def test_the_check_of_what_was_left_behind_may_not_hold_up_the_exit() -> None:
    start = time.monotonic()
    assert finished_soon(lambda: time.sleep(30)) is None
    assert time.monotonic() - start < 10
    assert finished_soon(lambda: 7) == 7
