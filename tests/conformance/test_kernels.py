"""Every module of compiled code is tested by name where it lives, and its kernels are described."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "eqsolve"
SHARED = PACKAGE / "algorithms" / "matching"
MODULES = sorted(
    path
    for path in (*SHARED.rglob("*.py"), *PACKAGE.glob("families/*/kernels/*.py"))
    if path.name != "__init__.py"
)
COMPILED = ("kernel", "scan_kernel", "part", "scan_part", "few_lines")
ARRAY = re.compile(r"Array|Flags?\b|NDArray|Mates|Adjacency|Signs")
SHAPE = re.compile(r"\bshapes?\b|\(\w[\w +]*,[\w +]*\)", re.IGNORECASE)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported(folder: Path) -> set[str]:
    """Return the dotted names that the test files of a folder import."""
    names = set()
    for path in folder.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {node.module or ""}
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def kernels(path: Path) -> list[ast.FunctionDef]:
    """Return the functions of a module that are compiled."""
    return [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(mark) in COMPILED for mark in node.decorator_list)
    ]


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_of_kernels_has_a_test_that_names_it(path: Path) -> None:
    tests = ROOT / "tests" / path.parent.relative_to(PACKAGE)
    if path.is_relative_to(SHARED):
        tests = ROOT / "tests" / "algorithms" / "matching"
    elif tests.name == "kernels":
        tests = tests.parent
    assert dotted(path) in imported(tests), f"no test in {tests} imports {dotted(path)}"


@pytest.mark.parametrize("path", [path for path in MODULES if kernels(path)], ids=dotted)
def test_every_kernel_is_described_with_its_shapes(path: Path) -> None:
    """In its own words or in those of its module, which hold for all of its kernels."""
    about = ast.get_docstring(ast.parse(path.read_text())) or ""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            about += ast.get_docstring(node) or ""
    for function in kernels(path):
        words = ast.get_docstring(function)
        assert words, f"{function.name} says nothing"
        takes_arrays = any(
            argument.annotation and ARRAY.search(ast.unparse(argument.annotation))
            for argument in function.args.args
        )
        assert not takes_arrays or SHAPE.search(words + about), f"{function.name}: no shapes"
