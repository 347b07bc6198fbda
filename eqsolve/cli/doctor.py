"""``eqsolve doctor``: the block to paste into a bug report, and a check that all works."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.failures import ANSWER_NO
from eqsolve.cli.parameters import json_option
from eqsolve.core.extras import install_command, stranger
from eqsolve.core.machine import package_version, total_memory

if TYPE_CHECKING:
    from eqsolve.registry import Family

__all__ = ["command"]

CORE = (
    "numpy",
    "scipy",
    "numba",
    "ortools",
    "cvxpy",
    "clarabel",
    "networkx",
    "click",
    "rich",
    "msgspec",
)
EXTRA = (
    "matplotlib",
    "pyarrow",
    "pandas",
    "distributed",
    "hypothesis",
    "httpx",
    "lapx",
    "POT",
    "pygambit",
    "quantecon",
)


@click.command("doctor", epilog="Example: eqsolve doctor --warm")
@click.option("--warm", is_flag=True, help="Compile the kernels now, once per machine: minutes.")
@json_option
@click.pass_context
def command(ctx: click.Context, warm: bool, as_json: bool) -> None:
    """Show versions and machine, and solve and verify one catalog instance of every kind.

    Exit status 0 when all works, 1 when something does not.
    """
    from eqsolve.cli.render import show_json, show_tables
    from eqsolve.core.table import Table
    from eqsolve.registry import families, from_each
    from eqsolve.version import __version__

    facts = {
        "eqsolve": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processors": str(os.cpu_count()),
        "memory": _memory(),
        "kernel cache": _kernel_cache(),
        **{name: package_version(name) for name in CORE},
        **{f"{name} (optional)": package_version(name) for name in EXTRA},
    }
    if warning := stranger():
        facts["warning"] = warning
    if warm:
        facts["kernels compiled in"] = _warm()
    checks = {family.kind: _check_family(family) for family in families()}
    by_kind, _ = from_each(_extras)
    extras = [entry for entries in by_kind.values() for entry in entries]
    if as_json:
        show_json({"environment": facts, "checks": checks, "extras": extras})
    else:
        table = Table("Environment", ["what", "found"])
        table.extend(facts.items())
        found = Table("Checks", ["kind", "result"]).extend(checks.items())
        tables = [table, found]
        if extras:
            needs = Table("Methods that need an extra", ["kind", "method", "needs", "result"])
            for entry in extras:
                lacking = dict.fromkeys(entry["missing"].values())
                outcome = f"not installed: {install_command(*lacking)}" if lacking else "ok"
                needs.add(entry["kind"], entry["method"], ", ".join(entry["needs"]), outcome)
            tables.append(needs)
        show_tables(tables)
    missing = [name for name in CORE if facts[name] == "not installed"]
    broken = [kind for kind, outcome in checks.items() if not outcome.startswith("ok")]
    ctx.exit(ANSWER_NO if missing or broken else 0)


def _memory() -> str:
    """Return the machine's memory where the system tells it."""
    total = total_memory()
    return "unknown" if total is None else f"{total / 2**30:.1f} GiB"


def _extras(family: Family) -> list[dict[str, Any]]:
    """Return the family's methods that need an extra, and what is missing."""
    from eqsolve.core.method import missing_packages

    return [
        {
            "kind": family.kind,
            "method": method.name,
            "needs": list(method.needs),
            "missing": missing_packages(method),
        }
        for method in family.methods
        if method.needs
    ]


def _kernel_cache() -> str:
    """Return where compiled kernels are kept, and whether they can be."""
    try:
        from eqsolve.algorithms.compile import cache_folder
        from eqsolve.algorithms.matching.sparse.heap import push
    except ImportError:
        return "none: numba cannot be imported"
    folder = cache_folder(push)
    if folder is None:
        return "none: no folder can be written, so every process compiles (set NUMBA_CACHE_DIR)"
    return str(Path(folder).parent) if os.environ.get("NUMBA_CACHE_DIR") else folder


def _warm() -> str:
    """Compile all kernels that are not in the cache; return how long it took."""
    from eqsolve.bench.compiling import compile_kernels
    from eqsolve.bench.suites import all_cases

    start = time.perf_counter()
    cases, _ = all_cases()
    compile_kernels(cases)
    return f"{time.perf_counter() - start:.0f} s"


def _check_family(family: Family) -> str:
    """Solve and verify one instance of a family; return ``ok ...`` or what failed."""
    import eqsolve
    from eqsolve.catalog import catalog_names
    from eqsolve.core.errors import FamilyError
    from eqsolve.core.recipe import Recipe

    name = ""
    try:
        family.module("solve")
        known = catalog_names(family.kind)
        if known:
            name = known[0]
            instance: Any = eqsolve.load(f"catalog:{name}")
        else:
            instance = family.entries("generate", "RECIPES", Recipe)[0]().instance(seed=0)
            name = instance.name
        result = eqsolve.solve(instance)
    except FamilyError as error:
        return error.reason
    except Exception as error:  # whatever is broken in this installation should be shown
        return f"{name}: {type(error).__name__}: {error}"
    return f"ok ({name}: {result.status.value}, verified)"
