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


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip when it is absent."""
    folder = Path(os.environ.get("EQSOLVE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set EQSOLVE_DATA)")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is learned with torch where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        absent = pytest.mark.skip(reason="torch is not installed (make test-learn installs it)")
        for item in items:
            if item.get_closest_marker("learn"):
                item.add_marker(absent)


collect_ignore = ["third_party"]
"""A package that tests put on the path of other processes; it is not importable from here."""


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
    item.config.stash.setdefault(SPENT, defaultdict(float))[part_of(item.nodeid)] += (
        processor_time() - start
    )
    return result


SPENT = pytest.StashKey[defaultdict[str, float]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker of pytest-xdist has spent to the main process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["spent"] = dict(session.config.stash.get(SPENT, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add up what the workers have spent."""
    total = node.config.stash.setdefault(SPENT, defaultdict(float))
    for part, seconds in getattr(node, "workeroutput", {}).get("spent", {}).items():
        total[part] += seconds


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the processor time of every part of the suite, families over budget marked."""
    spent = config.stash.get(SPENT, {})
    if sum(spent.values()) < BUDGET:
        return
    families = {path.name for path in (ROOT / "tests" / "families").iterdir()}
    terminalreporter.section(f"processor seconds (budget of a family: {BUDGET})")
    for part, seconds in sorted(spent.items(), key=lambda entry: -entry[1]):
        over = "  over budget" if part in families and seconds > BUDGET else ""
        terminalreporter.write_line(f"{seconds:8.1f}  {part}{over}")
