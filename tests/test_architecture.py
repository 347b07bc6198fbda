"""Imports point downwards; families are alike; verifiers share nothing with solvers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from eqsolve.registry import BUILT_IN, Family

PACKAGE = Path(__file__).resolve().parents[1] / "eqsolve"
LEVELS = {
    "version": 0,
    "core": 0,
    "algorithms": 1,
    "formats": 1,
    "drawing": 1,
    "endpoints": 1,
    "families": 2,
    "registry": 3,
    "solve": 3,
    "ask": 3,
    "view": 3,
    "draw": 3,
    "frames": 3,
    "recipes": 3,
    "catalog": 3,
    "improvement": 3,
    "bidders": 3,
    "proxies": 3,
    "playing": 3,
    "pricing": 3,
    "sweeps": 3,
    "io": 3,
    "testing": 3,
    "theorems": 4,
    "batch": 4,
    "bench": 4,
    "cli": 5,
    "__main__": 5,
}
REQUIRED = {
    "instance", "solution", "files", "solve", "verify", "generate", "show", "theorems",
    "methods", "strategies", "pictures", "bench",
}  # fmt: skip
"""Rooms of every family."""
MAY_USE = {
    "auction_experiment": {"single_item_auction"},
    "combinatorial_auction": {"assignment_market"},
    "contract_game": {"normal_form_game"},
    "course_elicitation": {"course_allocation"},
    "delivery_market": {"assignment_market"},
    "trading_network": {"assignment_market"},
    "model_market": {"normal_form_game"},
}
HEAVY = {
    "scipy", "numba", "ortools", "cvxpy", "networkx", "hypothesis", "matplotlib", "rich",
    "pandas", "pyarrow", "distributed", "msgspec", "torch", "transformers", "h5py", "httpx",
    "sklearn",
}  # fmt: skip
COMPILER = "algorithms.compile"
"""No solver's code: verifiers may compile searches of their own."""
BY_NAME_ONLY = {"kernels", "strategies", "pictures", "bench"}
"""Rooms that import heavy packages at the top, so that nobody imports them at the top."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def top(name: str) -> str:
    """Return the top folder or module that a dotted name belongs to."""
    return name.split(".")[0]


def family_and_room(name: str) -> tuple[str, str]:
    """Return the family and the room of a dotted name below ``families``, or empty text."""
    parts = [*name.split("."), "", ""]
    return (parts[1], parts[2]) if parts[0] == "families" else ("", "")


PLAIN_MATCHING = tuple(
    f"algorithms.matching.{name}"
    for name in ("arrays", "directions", "hungarian", "relaxation", "service")
)
"""Modules of ``algorithms`` for first answers: numpy alone at their tops, which is checked."""


def loads_heavy(name: str) -> bool:
    """Whether a module of ours imports heavy packages at its top, by its place in the house."""
    if name.startswith(PLAIN_MATCHING):
        return False
    parts = name.split(".")
    if parts[0] in ("algorithms", "drawing") or name == "batch.pictures":
        return True
    return family_and_room(name)[1] in BY_NAME_ONLY or parts[2:4] == ["verify", "kernels"]


OURS = re.compile(r"eqsolve(\.\w+)+").fullmatch


def imports(path: Path, *, top_only: bool = False) -> list[str]:
    """Return the dotted names imported by a module.

    In function bodies too, and those that stand in texts of their own, by which modules are loaded
    as well; unless top_only.
    """
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
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not top_only:
            names += [node.value] if OURS(node.value) else []
    return names


def ours(path: Path, *, top_only: bool = False) -> list[str]:
    """Return what a module imports from this package, without the package's name."""
    names = imports(path, top_only=top_only)
    return [name.removeprefix("eqsolve.") for name in names if name.startswith("eqsolve.")]


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_has_a_level(path: Path) -> None:
    assert dotted(path) == "" or top(dotted(path)) in LEVELS


def test_imports_in_functions_and_by_name_are_seen(tmp_path: Path) -> None:
    lines = (
        "import json",
        "def f():",
        "    from eqsolve.core import lazy",
        "    return import_module('eqsolve.frames')",
    )
    (tmp_path / "module.py").write_text("\n".join(lines))
    assert ours(tmp_path / "module.py") == ["core", "core.lazy", "frames"]
    assert ours(tmp_path / "module.py", top_only=True) == []


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_downwards(path: Path) -> None:
    here = dotted(path)
    if not here:
        return
    own_family = family_and_room(here)[0]
    for name in ours(path):
        if top(name) not in LEVELS:
            continue
        assert LEVELS[top(name)] <= LEVELS[top(here)], f"{here} imports {name} from above"
        family = family_and_room(name)[0]
        if own_family and family and family != own_family:
            assert family in MAY_USE.get(own_family, set()), f"{here} imports {name}"


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)
def test_a_family_is_the_folder_of_its_kind_and_has_every_room(family: Family) -> None:
    folder = PACKAGE / "families" / family.kind
    rooms = {path.stem if path.suffix == ".py" else path.name for path in folder.iterdir()}
    assert family.package == f"eqsolve.families.{family.kind}"
    assert rooms >= REQUIRED, f"{family.kind} lacks {sorted(REQUIRED - rooms)}"


def test_the_page_on_the_design_names_every_place_and_who_builds_on_whom() -> None:
    text = (PACKAGE.parent / "docs" / "explanation" / "design.md").read_text()
    for place, level in LEVELS.items():
        if level and place != "__main__":
            row = next(line for line in text.splitlines() if line.startswith(f"| {level} |"))
            assert f"`{place}" in row, f"{place} is not on level {level} of the page"
    for family in MAY_USE:
        assert f"`{family}`" in text


def test_every_folder_of_a_family_has_a_row() -> None:
    folders = {path.name for path in (PACKAGE / "families").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {family.kind for family in BUILT_IN}


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if family_and_room(dotted(path))[1] == "verify"],
    ids=dotted,
)
def test_verifiers_import_only_core_and_their_own_definitions(path: Path) -> None:
    family = family_and_room(dotted(path))[0]
    # A family that builds on another one has its definitions, and its verifier too.
    known = tuple(
        f"families.{kind}.{room}"
        for kind in (family, *MAY_USE.get(family, ()))
        for room in ("instance", "solution", "verify")
    )
    for name in ours(path):
        allowed = name.startswith(("core", COMPILER, *known))
        assert allowed, f"{dotted(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_heavy_packages_load_on_first_use(path: Path) -> None:
    if loads_heavy(dotted(path)):
        return  # nobody imports these at the top, see below
    for name in imports(path, top_only=True):
        assert name.split(".")[0] not in HEAVY, f"{dotted(path)} imports {name} at the top"
    for name in ours(path, top_only=True):
        assert not loads_heavy(name), f"{dotted(path)} imports {name} at the top"
