"""The list of public names is a promise; importing them stays light."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import eqsolve
from eqsolve.core.instance import Instance
from eqsolve.registry import BUILT_IN, Family

HEAVY = ("scipy", "numba", "ortools", "cvxpy", "networkx", "rich", "matplotlib", "pandas")


def test_every_public_name_exists() -> None:
    for name in eqsolve.__all__:
        assert getattr(eqsolve, name) is not None


def test_public_names_are_sorted_and_unique() -> None:
    assert list(eqsolve.__all__) == sorted(set(eqsolve.__all__))


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, eqsolve; print([name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_import_loads_no_family() -> None:
    code = (
        "import sys, eqsolve; from eqsolve.registry import BUILT_IN;"
        "print([f.kind for f in BUILT_IN if f.package in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_public_functions_and_instances_state_cost_and_source() -> None:
    # These compute nothing that a paper defines: files, other libraries' data, look-ups, displays.
    plain = {
        "load",
        "load_solution",
        "save",
        "save_solution",
        "kinds",
        "methods",
        "questions",
        "view",
    }
    plain |= {"load_mechanism", "save_mechanism", "by_name", "to_csv", "convert"}
    plain |= {f"{way}_{library}" for way in ("from", "to") for library in ("networkx", "pandas")}
    paper = re.compile(r"\b[Ss]ources?\b|\b(BIP|FIS|TIP|REV|NASH|NFG|CON)-\d")
    for name in eqsolve.__all__:
        entry = getattr(eqsolve, name)
        is_instance = inspect.isclass(entry) and issubclass(entry, Instance)
        if inspect.isfunction(entry) or is_instance:
            text = inspect.getdoc(entry) or ""
            assert re.search(r"\bCost\b|\bO\(", text), f"{name} does not say what it costs"
            assert name in plain or paper.search(text), f"{name} names no source"


def test_wrong_names_are_refused_and_right_ones_listed() -> None:
    assert not hasattr(eqsolve, "FisherMarkets")
    assert set(eqsolve.__all__) <= set(dir(eqsolve))


def test_a_family_has_the_time_limit_of_its_verb() -> None:
    for family in BUILT_IN:
        verb = inspect.signature(family.module("solve").solve)
        assert verb.parameters["time_limit"].default == family.time_limit, family.kind


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)
def test_type_checkers_and_python_find_each_name_in_the_same_home(family: Family) -> None:
    package = import_module(family.package)
    tree = ast.parse(Path(str(package.__file__)).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == sorted(package.__all__) == package.__dir__()
    rooms = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}
    assert not rooms & set(seen), "a module would hide the public name once it is imported"
    for name, home in seen.items():
        assert getattr(import_module(str(home)), name) is getattr(package, name)
        assert getattr(eqsolve, name) is getattr(package, name)


def test_type_checkers_see_every_family() -> None:
    text = Path(eqsolve.__file__).read_text()
    for family in BUILT_IN:
        assert f"from {family.package} import *" in text
