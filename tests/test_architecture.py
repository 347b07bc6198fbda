"""Imports point downwards; verifiers share nothing with solvers; heavy packages load late."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "eqsolve"
FAMILIES = {
    "markets.assignment",
    "markets.fisher",
    "delivery",
    "trading",
    "games.model_market",
    "games.normal_form",
}
LEVELS = {
    "version": 0,
    "core": 0,
    "kernels": 1,
    "backends": 1,
    "formats": 1,
    **dict.fromkeys(FAMILIES, 2),
    "markets": 2,
    "games": 2,
    "registry": 3,
    "verbs": 3,
    "view": 3,
    "catalog": 3,
    "io": 3,
    "testing": 3,
    "theorems": 4,
    "batch": 4,
    "bench": 4,
    "plots": 4,
    "cli": 5,
    "__main__": 5,
}
MAY_USE = {
    "delivery": {"markets.assignment"},
    "trading": {"markets.assignment"},
    "games.model_market": {"games.normal_form"},
}
HEAVY = {
    "scipy", "numba", "ortools", "cvxpy", "networkx", "hypothesis",
    "matplotlib", "rich", "pandas", "pyarrow", "distributed", "msgspec",
}  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room(name: str) -> str | None:
    """Return the family or top folder a module belongs to."""
    for family in FAMILIES:
        if name == family or name.startswith(family + "."):
            return family
    return name.split(".")[0] if name else None


def imports(path: Path, *, top_only: bool = False) -> list[str]:
    """Return the dotted names imported by a module (in function bodies too unless top_only)."""
    tree = ast.parse(path.read_text())
    nodes = list(ast.walk(tree))
    if top_only:
        skipped = {
            inner
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
            for inner in ast.walk(node)
        }
        nodes = [node for node in nodes if node not in skipped]
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names += [node.module or ""]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_downwards(path: Path) -> None:
    here = room(dotted(path))
    if here is None or here == "":
        return
    for name in imports(path):
        if not name.startswith("eqsolve."):
            continue
        there = room(name.removeprefix("eqsolve."))
        if there is None or there not in LEVELS or there == here:
            continue
        assert LEVELS[there] <= LEVELS[here], f"{dotted(path)} imports {name} from above"
        if here in FAMILIES and there in FAMILIES:
            assert there in MAY_USE.get(here, set()), f"{dotted(path)} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name.startswith("verify") and room(dotted(path)) in FAMILIES],
    ids=dotted,
)
def test_verifiers_import_only_core_and_their_own_definitions(path: Path) -> None:
    here = ".".join(dotted(path).split(".")[:-1])
    for name in imports(path):
        if not name.startswith("eqsolve."):
            continue
        tail = name.removeprefix("eqsolve.")
        allowed = tail.startswith(("core", f"{here}.instance", f"{here}.solution"))
        allowed = allowed or tail.startswith(f"{here}.verify")
        assert allowed, f"{dotted(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_heavy_packages_load_on_first_use(path: Path) -> None:
    here = room(dotted(path))
    if here in ("kernels", "testing", "plots", "backends"):
        return  # nobody imports these at the top, see below
    for name in imports(path, top_only=True):
        assert name.split(".")[0] not in HEAVY, f"{dotted(path)} imports {name} at the top"
        tail = name.removeprefix("eqsolve.")
        if name.startswith("eqsolve."):
            lazy = room(tail) in ("kernels", "testing", "plots", "backends")
            assert not lazy, f"{dotted(path)} imports {name} at the top"
