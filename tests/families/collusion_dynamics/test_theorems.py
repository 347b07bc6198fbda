"""COL-1 to COL-13 on random instances; claims that are false are found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings, strategies as st
from hypothesis.errors import NoSuchExample

import eqsolve.testing
from eqsolve import CollusionDynamics
from eqsolve.families.collusion_dynamics import (
    batches,
    fidelity,
    law,
    quadratic,
    regime,
    theorems,
)
from eqsolve.families.collusion_dynamics.theorems import THEOREMS

PLAIN = {"ratio": 1.5}


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
@settings(max_examples=15)
@given(data=st.data())
def test_claims_hold(theorem, data):
    model = data.draw(getattr(eqsolve.testing, theorem.strategy)())
    if theorem.applies(model):
        assert theorem.claim(model) is None


def test_ids_are_complete():
    numbers = {theorem.id.split("-")[1] for theorem in THEOREMS}
    assert numbers == {str(k) for k in range(1, 14)}


def refuted(theorem_id, attempts=400):
    """Return whether a search finds a counterexample of a claim."""
    theorem = next(theorem for theorem in THEOREMS if theorem.id == theorem_id)
    strategy = getattr(eqsolve.testing, theorem.strategy)()
    try:
        find(
            strategy,
            lambda model: theorem.applies(model) and theorem.claim(model) is not None,
            settings=settings(
                max_examples=attempts, derandomize=True, database=None, phases=[Phase.generate]
            ),
        )
    except NoSuchExample:
        return False
    return True


def shifted(value):
    """Return a quadratic that is off by a little."""
    return replace(value, linear=value.linear + Fraction(1, 50))


WRONG = {
    "COL-1": (theorems, "advantage", lambda model, theta: 0.1),
    "COL-2": (regime, "drift", lambda *a: shifted(quadratic.drift(*a))),
    "COL-3": (theorems, "critical", lambda high, low: (fidelity.critical(high, low) or 0) + 0.01),
    "COL-4": (regime, "drift", lambda *a: shifted(quadratic.drift(*a))),
    "COL-5": (regime, "drift", lambda *a: shifted(quadratic.drift(*a))),
    "COL-6": (theorems, "safe_rate", lambda model: 100.0),
    "COL-7": (
        batches.BatchLaw,
        "estimates",
        lambda self, odds: np.ones((len(odds), self.n_estimates)),
    ),
    "COL-8": (batches.Rounds, "variance", lambda self, odds, estimator: np.ones(len(odds))),
    "COL-9": (theorems, "law_from", lambda *a: (law.law_from(*a)[0] + 0.1, law.law_from(*a)[1])),
    "COL-11": (theorems, "advantage", lambda model, theta: np.array([0.1, 0.1])),
    "COL-13": (
        theorems,
        "from_counts",
        lambda both, mixed, low: theorems_from_counts(both, mixed, 2 * low),
    ),
}
theorems_from_counts = theorems.from_counts


@pytest.mark.parametrize("theorem_id", WRONG)
def test_a_wrong_variant_is_found(theorem_id, monkeypatch):
    owner, name, wrong = WRONG[theorem_id]
    monkeypatch.setattr(owner, name, wrong)
    assert refuted(theorem_id)


def test_exact_updates_that_overshoot_are_found(monkeypatch):
    """COL-10 needs small rates: with the first one at 40 a path passes its limit."""
    changed = theorems.changed
    monkeypatch.setattr(
        theorems, "changed",
        lambda model, **fields: changed(model, **{**fields, "rate": {"initial": 40.0}}),
    )  # fmt: skip
    monkeypatch.setattr(theorems, "safe_rate", lambda model: 100.0)
    assert refuted("COL-10")


def test_means_of_all_would_not_be_called_unbiased():
    model = CollusionDynamics(
        0.85, PLAIN, 0.5, batch={"size": 2, "feedback": "all"}, rate=1, horizon=1
    )
    biased = next(theorem for theorem in THEOREMS if theorem.id == "COL-7-bias")
    assert biased.claim(model) is None
    mean, informative = theorems._estimates(model, "all", "means", Fraction(1, 2))
    gain = theorems._listed_advantage(model, Fraction(1, 2))
    assert gain > 0 > mean
    assert informative > 0


def test_perfect_fidelity_is_needed():
    perfect = next(theorem for theorem in THEOREMS if theorem.id == "COL-12")
    model = CollusionDynamics(0.95, PLAIN, 0.5, batch={"size": 2}, rate=1, horizon=1)
    assert not perfect.applies(model)
    assert perfect.claim(model) is not None
    exact = CollusionDynamics(
        1, PLAIN, 0.5, batch={"size": 3}, rate=1, horizon=1,
        thresholds={"competition": 0.1, "collusion": 0.5},
    )  # fmt: skip
    assert perfect.applies(exact)
    assert perfect.claim(exact) is None
