"""Every theorem of every family is attacked; a false claim is refuted, shrunk and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.core.theorem import Theorem
from eqsolve.registry import BUILT_IN
from eqsolve.theorems import attack, load_conjectures, theorems

CATALOG = theorems()

CONJECTURE = """
from eqsolve.core.theorem import Theorem

def claim(market):
    n = market.n_buyers
    return None if n <= 1 else f"{n} buyers"

THEOREMS = (
    Theorem(
        id="MINE-1", title="small markets", statement="no market has two buyers", source="me",
        kind="assignment_market", claim=claim, strategy="assignment_markets",
    ),
)
"""


@pytest.mark.parametrize("theorem", CATALOG, ids=lambda theorem: theorem.id)
def test_no_counterexample_is_found(theorem: Theorem) -> None:
    finding = attack(theorem, examples=30)
    assert not finding.refuted, finding.message
    assert finding.applied > 0


def test_ids_are_unique_and_kinds_exist() -> None:
    listed = [theorem.id for family in BUILT_IN for theorem in family.module("theorems").THEOREMS]
    assert len(listed) == len(set(listed))
    assert {theorem.kind for theorem in CATALOG} <= {family.kind for family in BUILT_IN}


def test_a_false_claim_is_refuted_and_shrunk(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(CONJECTURE)
    (theorem,) = load_conjectures(file)
    finding = attack(theorem, examples=200)
    assert finding.refuted
    assert finding.instance.n_buyers == 2  # the smallest case
    arguments = ["theorems", "--from", str(file), "-o", str(tmp_path / "found")]
    shown = CliRunner().invoke(main, arguments)
    assert shown.exit_code == 1
    assert "REFUTED" in shown.output
    assert eqsolve.load(tmp_path / "found" / "MINE-1.json").n_buyers == 2


def test_the_command_lists_and_checks() -> None:
    shown = CliRunner().invoke(main, ["theorems"])
    assert shown.exit_code == 0
    assert all(theorem.id in shown.output for theorem in CATALOG)
    checked = CliRunner().invoke(main, ["theorems", CATALOG[0].id, "--examples", "10"])
    assert checked.exit_code == 0
    assert "holds" in checked.output


def test_letters_name_all_theorems_that_begin_with_them() -> None:
    crs = theorems("CRS")
    assert {f"CRS-{n}" for n in range(1, 12)} <= {theorem.id for theorem in crs}
    assert {theorem.kind for theorem in crs} == {"course_allocation", "course_elicitation"}
    assert theorems("CRS-10") + theorems("CAP") == theorems("CRS-10", "CAP", "CAP-1")
    shown = CliRunner().invoke(main, ["theorems", "CAP", "--examples", "5"])
    assert shown.exit_code == 0
    assert all(theorem.id in shown.output for theorem in theorems("CAP"))


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="did you mean 'BIP-1'"):
        theorems("BIB-1")
    with pytest.raises(OptionError, match="unknown theorem 'CRS-'"):
        theorems("CRS-")
    with pytest.raises(FormatError, match="no such Python file"):
        load_conjectures(tmp_path / "absent.py")
    (tmp_path / "bad.py").write_text("THEOREMS = 3 / 0")
    with pytest.raises(FormatError, match="ZeroDivisionError"):
        load_conjectures(tmp_path / "bad.py")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(FormatError, match="must be a tuple of Theorem objects"):
        load_conjectures(tmp_path / "empty.py")
