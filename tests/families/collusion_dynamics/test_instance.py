"""Instances: reading, defaults, equality, and every kind of bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given

from eqsolve import CollusionDynamics, load, save
from eqsolve.cli.__main__ import main
from eqsolve.testing import collusion_dynamics, finite_collusion_dynamics

PLAIN = {"ratio": 1.5}
GOOD = {"fidelity": 0.85, "payoffs": PLAIN, "start": 0.5, "batch": {"size": 2}, "rate": 0.5}

BAD = {
    "fidelity_low": ({"fidelity": 0.49}, "fidelity = 0.49: must be in [1/2, 1]"),
    "fidelity_high": ({"fidelity": 1.01}, "fidelity = 1.01: must be in [1/2, 1]"),
    "ratio_1": ({"payoffs": {"ratio": 1}}, "payoffs[ratio] = 1: must be in (1, 2)"),
    "ratio_2": ({"payoffs": {"ratio": 2.0}}, "payoffs[ratio] = 2.0: must be in (1, 2)"),
    "lengths": (
        {"payoffs": {"high": [0, 1, 2], "low": [1, 2]}},
        "payoffs[low]: has 2 numbers, expected 3",
    ),
    "one_seller": ({"payoffs": {"high": [1], "low": [0]}}, "two sellers at least"),
    "table_half": ({"payoffs": {"high": [0, 1]}}, "payoffs[low]: required field is missing"),
    "both_forms": ({"payoffs": {"ratio": 1.5, "high": [0, 1]}}, "payoffs[high]: unknown field"),
    "no_payoffs": ({"payoffs": 3}, "payoffs = 3: must be"),
    "start_above": ({"start": [0.5, 1.5]}, "start[1] = 1.5: must be in [0, 1]"),
    "start_below": ({"start": -0.1}, "start = -0.1: must be in [0, 1]"),
    "start_none": ({"start": []}, "start: must be a number in [0, 1]"),
    "size_0": ({"batch": {"size": 0}}, "batch[size] = 0: must be a whole number >= 1"),
    "size_half": ({"batch": {"size": 2.5}}, "batch[size] = 2.5: must be a whole number >= 1"),
    "no_size": ({"batch": {}}, "batch[size]: required field is missing"),
    "feedback": (
        {"batch": {"size": 2, "feedback": "two"}},
        "batch[feedback] = 'two': must be 'one' or 'all'",
    ),
    "estimator": ({"batch": {"size": 2, "estimator": "mean"}}, "must be 'means' or 'score'"),
    "no_rate": ({"rate": None}, "rate: a batch needs a rate"),
    "rate_0": ({"rate": 0}, "rate = 0: must be a finite number > 0"),
    "falling": ({"rate": {"initial": 1}}, "rate: first passage needs a constant rate"),
    "power": ({"rate": {"initial": 1, "power": -1}}, "rate[power] = -1: must be in [0, 10]"),
    "horizon": ({"horizon": 0}, "horizon = 0: must be a whole number >= 1"),
    "no_rest_point": ({"fidelity": 0.75}, "thresholds[competition]: must be given"),
    "order": (
        {"thresholds": {"competition": 0.6, "collusion": 0.5}},
        "thresholds[competition] = 0.6: must be at most",
    ),
    "order_default": ({"thresholds": {"competition": 0.9}}, "thresholds: 0.9 for competition"),
    "unreachable": (
        {"thresholds": {"collusion": 1}},
        "thresholds[collusion] = 1.0: must be in (0, 1)",
    ),
    "unknown": ({"thresholds": {"collusive": 0.5}}, "unknown field; did you mean 'collusion'?"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_ends_with_status_2(name, tmp_path):
    fields, line = BAD[name]
    document = {"eqsolve": 1, "kind": "collusion_dynamics", **GOOD, **fields}
    if document["rate"] is None:
        del document["rate"]
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(document))
    shown = CliRunner().invoke(main, ["solve", str(path)])
    assert shown.exit_code == 2
    assert line in shown.stderr
    assert str(path) in shown.stderr


def test_all_faults_come_together():
    with pytest.raises(ValueError, match="fidelity") as caught:
        CollusionDynamics(2, {"ratio": 3}, [7], batch={"size": -1})
    assert len(caught.value.faults) == 5


def test_defaults_come_from_the_rest_points():
    passage = CollusionDynamics(0.85, PLAIN, 0.5, batch={"size": 2}, rate=1)
    low, high = (point.value for point in passage.regime.zeros)
    assert passage.thresholds == (low / 10, high)
    ending = CollusionDynamics(0.85, PLAIN, 0.5, batch={"size": 2}, rate=1, horizon=3)
    assert ending.thresholds == (low, low)
    assert (ending.batch.feedback, ending.batch.estimator) == ("one", "means")


def test_the_shorthand_is_its_table():
    table = CollusionDynamics(0.85, {"high": [0, 0.75], "low": [0.25, 1]})
    assert table == CollusionDynamics(0.85, PLAIN)
    assert table != CollusionDynamics(0.86, PLAIN)


@given(collusion_dynamics() | finite_collusion_dynamics())
def test_files_give_back_what_was_written(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("models") / "model.json"
    save(model, path)
    again = load(path)
    assert again == model
    assert again.thresholds == model.thresholds
    assert np.array_equal(again.start, model.start)


def test_constant_rates_are_one():
    one = CollusionDynamics(0.85, PLAIN, rate=0.5)
    assert one == CollusionDynamics(0.85, PLAIN, rate={"initial": 0.5, "offset": 3, "power": 0})
