"""Hypothesis profiles, the folder of real data, and what each family's tests cost."""

from __future__ import annotations

import importlib.util
import os
import re
import resource
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
_CALM: dict[str, Any] = {"deadline": None, "suppress_health_check": _QUIET}
_FIXED: dict[str, Any] = {**_CALM, "derandomize": True, "print_blob": True, "database": None}
settings.register_profile("quick", max_examples=10, **_FIXED)
settings.register_profile("ci", max_examples=100, **_FIXED)
settings.register_profile("dev", max_examples=50, **_CALM)
settings.register_profile("attack", max_examples=500, **_CALM)
settings.register_profile("deep", max_examples=5000, **_CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

ROOT = Path(__file__).resolve().parents[1]
BUDGET = 60
"""Seconds of processor time that the tests of one family may take, printed at the end."""

SLOW = 0.12
"""Seconds of processor time above which a test is not in the quick tier."""
LIST_OF_SLOW = ROOT / "tests" / "slow.txt"
"""The tests above it as `make slow` measured them; what is slow by nature is marked in place."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip when it is absent."""
    folder = Path(os.environ.get("EQSOLVE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set EQSOLVE_DATA)")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make slow` write down what is too long for the quick tier."""
    parser.addoption(
        "--write-slow",
        action="store_true",
        help=f"write the tests above {SLOW} s of processor time to tests/slow.txt",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what was measured to be slow; skip what needs torch where it is not installed."""
    listed = set(LIST_OF_SLOW.read_text(encoding="utf-8").splitlines())
    for item in items:
        if item.nodeid in listed:
            item.add_marker(pytest.mark.slow)
    if importlib.util.find_spec("torch") is None:
        absent = pytest.mark.skip(reason="torch is not installed (make test-learn installs it)")
        for item in items:
            if item.get_closest_marker("learn"):
                item.add_marker(absent)


collect_ignore = ["third_party", "typing"]
"""A package that tests put on the path of other processes, not importable from here; and lines of
pages for type checkers, which write files when they run, and are run as parts of their pages."""


def processor_time() -> float:
    """Return seconds of processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in used)


def part_of(nodeid: str) -> str:
    """Return the family, or else the folder, that a test belongs to."""
    found = re.match(r"(?:tests|eqsolve)/(?:families/)?([^/.:]+)", nodeid)
    return found.group(1) if found else nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure the processor time of each test with its fixtures."""
    start = processor_time()
    result = yield
    item.config.stash.setdefault(SPENT, {})[item.nodeid] = processor_time() - start
    return result


SPENT = pytest.StashKey[dict[str, float]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what the tests of a worker of pytest-xdist have spent to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["spent"] = session.config.stash.get(SPENT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Gather what the workers have spent."""
    spent = getattr(node, "workeroutput", {}).get("spent", {})
    node.config.stash.setdefault(SPENT, {}).update(spent)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the processor time of every part of the suite, families over budget marked."""
    tests = config.stash.get(SPENT, {})
    if config.getoption("--write-slow"):
        slow = sorted(name for name, seconds in tests.items() if seconds > SLOW)
        LIST_OF_SLOW.write_text("".join(f"{name}\n" for name in slow), encoding="utf-8")
    spent = defaultdict[str, float](float)
    for name, seconds in tests.items():
        spent[part_of(name)] += seconds
    if sum(spent.values()) < BUDGET:
        return
    families = {path.name for path in (ROOT / "tests" / "families").iterdir()}
    terminalreporter.section(f"processor seconds (budget of a family: {BUDGET})")
    for part, seconds in sorted(spent.items(), key=lambda entry: -entry[1]):
        over = "  over budget" if part in families and seconds > BUDGET else ""
        terminalreporter.write_line(f"{seconds:8.1f}  {part}{over}")
