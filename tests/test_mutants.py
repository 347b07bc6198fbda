"""The list of mutants fits the code; `make mutants` runs it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eqsolve.registry import BUILT_IN
from tests.mutants import ROOT, Mutant, count, fate, read

MUTANTS = read()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.title)
def test_every_text_is_found_once_and_its_tests_exist(mutant: Mutant) -> None:
    assert count(mutant) == 1, "the line has changed: change the list too"
    assert mutant.find != mutant.replace
    assert mutant.why
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file()
        assert f"def {name.partition('[')[0]}" in (ROOT / path).read_text()


def test_every_verifier_and_every_family_is_on_the_list() -> None:
    rooms = Counter(tuple(mutant.file.split("/")[1:4]) for mutant in MUTANTS)
    for family in BUILT_IN:
        assert rooms["families", family.kind, "verify"] >= 3
    for folder in ("core", "algorithms", "io", "batch"):
        assert any(mutant.file.startswith(f"eqsolve/{folder}/") for mutant in MUTANTS)


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("def test(): from code import f; assert f() == 1", ""),
        ("def test(): from code import f; assert f()", "it survives"),
        ("no python", "pytest ends with status 2"),
    ],
)
def test_a_mutant_that_nobody_notices_is_said(tmp_path: Path, test: str, problem: str) -> None:
    (tmp_path / "broken.py").write_text("def f():\n    return 1\n")
    (tmp_path / "test_it.py").write_text(test.replace("code", "broken"))
    mutant = Mutant("broken.py", "return 1", "return 2", ("test_it.py",), "it returns 1")
    assert fate(tmp_path, mutant) == problem
    assert (tmp_path / "broken.py").read_text() == "def f():\n    return 1\n"
    gone = Mutant("broken.py", "return 3", "return 2", ("test_it.py",), "it returns 3")
    assert fate(tmp_path, gone) == "its text is not found exactly once"
