"""Every frozen case runs at its smallest size with answers checked; no timing is asserted."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eqsolve.bench.compiling import compile_kernels, compile_time
from eqsolve.bench.measure import Measurement, measure
from eqsolve.bench.report import BY_HAND, END, compare_runs, hand_written, markdown
from eqsolve.bench.suites import described, find_case, find_suite, suites
from eqsolve.cli.__main__ import main
from eqsolve.core.case import Case, Contender, peer_process

ROOT = Path(__file__).resolve().parents[2]
CASES = [case for suite in suites() for case in find_suite(suite)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.suite}-{case.name}")
def test_contenders_agree_at_the_smallest_size(case: Case) -> None:
    assert case.contenders[0].ours
    problem = case.build(case.quick_sizes[0], 0)
    small = Case(
        suite=case.suite,
        name=case.name,
        build=lambda size, seed: problem,
        sizes=case.quick_sizes[:1],
        quick_sizes=case.quick_sizes[:1],
        contenders=case.contenders,
        unit=case.unit,
        tolerance=case.tolerance,
    )
    rows = list(measure(small, quick=True, memory=False))
    own = case.contenders[0].package  # where ours needs an extra
    assert rows[0].outcome == "ok" or (own and rows[0].outcome == "not installed"), rows[0]
    for row in rows:
        assert row.outcome in ("ok", "not installed"), row


def case_of(*contenders: Contender) -> Case:
    return Case(
        suite="toy",
        name="toy",
        build=lambda size, seed: size,
        sizes=(1, 2),
        quick_sizes=(1,),
        contenders=contenders,
        unit="",
    )


def test_a_wrong_answer_is_found() -> None:
    case = case_of(
        Contender(name="eqsolve", run=lambda problem: 1.0),
        Contender(name="other", run=lambda problem: 1.1),
        Contender(name="bound", run=lambda problem: 0.5, exact=False),
        Contender(name="broken", run=lambda problem: 1 / 0),
        Contender(name="absent", run=lambda problem: 1.0, package="no_such_package"),
    )
    found = {row.contender: row.outcome for row in measure(case, quick=True, memory=False)}
    assert found["eqsolve"] == found["bound"] == "ok"
    assert found["other"] == "WRONG"
    assert found["broken"].startswith("failed: ZeroDivisionError")
    assert found["absent"] == "not installed"


def test_a_first_run_counts_only_beyond_the_limit() -> None:
    runs: list[str] = []

    def contender(name: str, limit: float) -> Contender:
        return Contender(name=name, run=lambda problem: runs.append(name) or 1.0, limit=limit)

    case = case_of(contender("eqsolve", 60), contender("slow", 0), contender("fast", 60))
    found = {row.contender: row.rounds for row in measure(case, quick=True, memory=False)}
    assert found == {"eqsolve": 5, "slow": 1, "fast": 5}
    assert [runs.count(name) for name in found] == [6, 1, 6]


def test_processor_seconds_count_work_and_no_waiting_here_and_in_peers() -> None:
    def wait(problem: int) -> int:
        time.sleep(0.3)
        return 0

    def work_elsewhere(problem: int) -> int:
        peer_process("toy").submit(sum, range(20_000_000)).result()
        return 0

    case = case_of(
        Contender(name="eqsolve", run=wait), Contender(name="theirs", run=work_elsewhere)
    )
    ours, theirs = measure(case, quick=True, memory=False, clock="processor")
    assert ours.median is not None
    assert theirs.median is not None
    assert ours.median < 0.1 < theirs.median
    assert "Processor seconds." in markdown({}, [ours, theirs], {})
    waited, _ = measure(case, quick=True, memory=False)
    assert waited.median is not None
    assert waited.median >= 0.3
    assert "Processor seconds." not in markdown({}, [waited], {})


def test_what_got_slower_is_named() -> None:
    new = Measurement("s", "c", "1", "eqsolve", "", "ok", median=2.0, ratio=2.0)
    old = Measurement("s", "c", "1", "eqsolve", "", "ok", median=1.0, ratio=1.0)
    _, slower = compare_runs([old], [new])
    assert slower == ["s: c 1"]
    assert compare_runs([new], [new])[1] == []


def test_the_page_begins_with_a_row_per_case() -> None:
    def row(size: str, contender: str, median: float | None, ratio: float | None) -> Measurement:
        done = "ok" if median else "skipped: too long"
        return Measurement("s", "c", size, contender, "", done, median, median, median, 1, ratio)

    rows = [
        row("10", "eqsolve", 1.0, 0.5),
        row("10", "slow", 4.0, 2.0),
        row("10", "peer", 2.0, 1.0),
        row("20", "eqsolve", 3.0, None),
        row("20", "peer", None, None),
    ]
    page = markdown({}, rows, {})
    told = page.replace("\N{NO-BREAK SPACE}", " ")  # a time and its unit stay on one line
    assert "| s | c | 10 | 1 s | peer | 2 s | 2.00 | - | 20 |" in told
    assert page.index("At a glance") < page.index("Every contender") < page.index("Machine")


def test_one_wrong_answer_is_told_at_a_glance() -> None:
    rows = [
        Measurement("s", "c", "1", who, "", "ok", 1.0, 1.0, 1.0, 1, 1.0, agrees=agrees)
        for who, agrees in (("eqsolve", True), ("peer", True), ("other", False))
    ]
    table = markdown({}, rows, {}).partition("## Every contender")[0]
    assert "| WRONG |" in table
    assert "| agrees |" not in table


def test_a_page_has_the_order_of_the_suites_and_keeps_what_was_written_by_hand() -> None:
    rows = [
        Measurement(suite, "c", "1", "eqsolve", "", "ok", 1.0, 1.0, 1.0, 1)
        for suite in ("games", "assignment")
    ]
    case = find_case("games", "two players")
    page = markdown({}, rows, {"games: c": case}, by_hand="## Ours\n\nOn paper.")
    assert page.index("### Assignment markets") < page.index("### Normal-form games")
    assert f"Sizes: {case.unit}." in page
    assert hand_written(page) == "## Ours\n\nOn paper."
    assert markdown({}, rows, {"games: c": case}, by_hand=hand_written(page)) == page


def test_every_suite_says_its_question() -> None:
    assert list(described()) == [*suites(), "compiling"]
    assert all(asks.endswith("?") for _, asks in described().values())


def test_memory_is_measured_apart_and_shown() -> None:
    case = find_case("games", "two players")
    small = replace(case, quick_sizes=case.quick_sizes[:1])
    rows = list(measure(small, quick=True, memory=True))
    assert all(row.peak_mib is not None and row.peak_mib >= 0 for row in rows if row.median)
    page = markdown({}, rows, {})
    assert "| memory, MiB |" in page


def test_memory_of_a_run_is_not_hidden_by_what_was_used_before() -> None:
    code = (
        "import numpy as np; from eqsolve.bench import memory\n"
        "np.ones(10**7).sum()\n"
        "before = memory._restart_peak(); np.ones(5 * 10**6).sum()\n"
        "print((memory._peak() - before) / 1024)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the system does not let the peak begin anew")
    assert 30 < float(shown.stdout) < 60


def test_kernels_are_compiled_apart() -> None:
    before = set(multiprocessing.active_children())  # of tests that ran before in this process
    compile_kernels(case for case in CASES if case.suite == "models")
    assert set(multiprocessing.active_children()) <= before


def test_compile_time_is_measured_on_an_empty_cache() -> None:
    row = compile_time(find_case("games", "two players"))
    assert row.outcome == "ok"
    assert row.median is not None
    assert row.median > 0
    page = markdown({}, [row], {})
    assert "| games: two players | empty cache | " in page
    assert f"| {row.median:.3g} |" in page


def test_where_nothing_is_compiled_no_time_is_told() -> None:
    row = compile_time(replace(find_case("games", "two players"), compiles=(2, 2)))
    assert row.median is None
    assert "nothing was compiled" in row.outcome


def test_the_command_writes_json_and_a_page(tmp_path: Path) -> None:
    case = "two players"
    arguments = ["bench", "games", "--quick", "--case", case, "-q"]
    both = ["-o", str(tmp_path / "out.json"), "-o", str(tmp_path / "out.md")]
    shown = CliRunner().invoke(main, [*arguments, *both])
    assert shown.exit_code == 0, shown.output
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["environment"]["python"]
    assert document["measurements"][0]["agrees"] is True
    assert (tmp_path / "out.md").read_text().startswith("# Benchmarks")
    again = tmp_path / "again.md"
    again.write_text(f"# Old\n\n{BY_HAND}\nOn paper.\n{END}\n")
    page = ["bench", "--from", str(tmp_path / "out.json"), "-o", str(again), "-q"]
    assert CliRunner().invoke(main, page).exit_code == 0
    assert case in again.read_text()
    assert hand_written(again.read_text()) == "On paper."
    assert "# Old" not in again.read_text()
    again = CliRunner().invoke(main, [*arguments, "--compare", str(tmp_path / "out.json")])
    assert again.exit_code in (0, 1)  # times decide, which no test may assert
