"""The table of problems that need Gymnasium shows what is found for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from eqsolve import contract_equilibrium
from eqsolve.io.converting import convert

PAGE = (Path(__file__).resolve().parents[3] / "docs/families/contracts.md").read_text()


def test_rows_of_real_tables_are_what_their_problems_answer() -> None:
    """Cost and periods, values to the digits shown."""
    pytest.importorskip("gymnasium")
    rows = [line for line in PAGE.split("\n") if line.startswith("| ") and "-v" in line]
    assert len(rows) == 5
    for row in rows:
        name, setting, *told = [cell.strip() for cell in row.strip("| ").split("|")]
        cost, horizon = setting.split(", ")
        (mdp,) = convert(f"gymnasium:{name}", {"cost": cost, "horizon": horizon})
        solution = contract_equilibrium(mdp).require()
        found = (
            solution.principal_value, solution.agent_value, solution.first_best,
            solution.no_contract["principal"],
        )  # fmt: skip
        for value, cell in zip(found, told, strict=False):
            digits = len(cell.partition(".")[2])
            assert round(value, digits) == float(cell), (name, cell, value)
