"""Each theorem on random games, and that a claim which can fail does fail."""

from __future__ import annotations

import pytest

from eqsolve import load
from eqsolve.theorems import attack, theorems

IDS = [f"CON-{k}" for k in range(1, 16)]


@pytest.mark.parametrize("id", IDS)
def test_the_theorem_holds(id):
    finding = attack(theorems(id)[0], examples=40, seed=1)
    assert not finding.refuted or finding.theorem.can_happen, finding.message
    assert finding.applied


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("CON-6", "ties-of-the-principal"),
        ("CON-10", "contracts-that-hurt"),
        ("CON-12", "no-pure-stationary-equilibrium"),
    ],
)
def test_witnesses_are_witnesses(id, name):
    assert theorems(id)[0].claim(load(f"catalog:{name}")) is not None
