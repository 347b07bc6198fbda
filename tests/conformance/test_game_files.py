"""Break each field of a solution file of a game, one at a time: the report names the condition."""

from __future__ import annotations

import json
from copy import deepcopy

import numpy as np
import pytest

from eqsolve import ModelMarket, NormalFormGame, load, save, solve
from eqsolve.core.errors import FormatError
from eqsolve.io.solutions import solution_document
from eqsolve.io.verification import verify_file

SCORES = [[6, 0, 1], [0, 5, 1], [1, 1, 2], [3, 3, 0]]
SOFT = {"rule": "softmax", "beta": 1.0}
TIED = np.array([[2, 0], [0, 2]])
LARGE = np.random.default_rng(1).integers(1, 999, (30, 8))
BATTLE = np.array([[[3, 2], [0, 0]], [[0, 0], [2, 3]]])

CASES = {
    "exact": (ModelMarket(SCORES, [1, 1, 1], 5), {}),
    "supports": (ModelMarket(SCORES, [1, 1, 1], 5), {"method": "support_search"}),
    "best": (ModelMarket(SCORES, [1, 1, 1], 5), {"find": "best"}),
    "worst": (ModelMarket(SCORES, [1, 1, 1], 5), {"find": "worst"}),
    "first": (ModelMarket(SCORES, [1, 1, 1], 5), {"find": "first"}),
    "weak": (ModelMarket(TIED, [1, 1], 3), {}),
    "cut": (ModelMarket(TIED, [1, 1], 3), {"max_equilibria": 1}),
    "thirds": (ModelMarket(np.array(SCORES) / 3, [1 / 3] * 3, 5), {}),
    "marginal": (ModelMarket(TIED / 3, [1 / 3, 1 / 3], 3), {}),
    "softmax": (ModelMarket(SCORES, [1, 1, 1], 5, SOFT), {}),
    "boxes": (ModelMarket(SCORES, [1, 1, 1], 5, SOFT), {"method": "count_search"}),
    "softmax twins": (ModelMarket([*SCORES, SCORES[0]], [1, 1, 1], 3, SOFT), {}),
    "dominated": (ModelMarket([*SCORES, [2, 2, 0]], [1, 1, 1], 5), {"method": "support_search"}),
    "enumeration": (ModelMarket(SCORES, [1, 1, 1], 5), {"method": "enumeration"}),
    "dynamics": (ModelMarket(SCORES, [1, 1, 1], 5), {"method": "dynamics"}),
    "none": (load("catalog:restless-platforms"), {}),
    "too large to recheck": (ModelMarket(LARGE, [1] * 8, 40), {}),
    "multipliers": (ModelMarket(LARGE, [1] * 8, 5), {"find": "first"}),
    "game": (NormalFormGame(BATTLE), {}),
    "game cut": (NormalFormGame(BATTLE), {"max_equilibria": 1}),
    "game without": (load("catalog:matching-pennies"), {}),
    "game of floats": (NormalFormGame(BATTLE / 3), {}),
    "weak game": (NormalFormGame.from_bimatrix([[3, 3], [3, 2]], [[2, 0], [0, 3]]), {}),
}

RECORD = {"version", "wall_time", "compile_time", "check", "method", "reason", "seed", "options"}
"""How the run went: nothing is claimed about the instance."""


def leaves(value, path=()):
    """Yield path and value of every number, word, flag and null of a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from leaves(part, (*path, place))
    else:
        yield path, value


def broken(path, value):
    """Return wrong values for one entry."""
    if path[-1] == "status":
        return ["unknown", "no_equilibrium", "solved", "feasible"]
    if path[-1] == "limit":
        return ["time", "solutions"]
    if path[-1] == "bound_source":
        return ["backend", "certified", "exhaustive", "hearsay"]
    if value is None:
        return [0, 1.5]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, max(0, value - 1)]
    if isinstance(value, float):
        return [value * 1.1 + 0.01, value * 0.9 - 0.01]
    return [value + "x"]


def is_claim(path, document):
    """Return whether an entry says something about the instance that could be wrong."""
    if path[0] == "counts" and "certificate" not in document:
        return False  # how far a run came that proves nothing
    return path[0] not in RECORD and path[-2:] != ("certificate", "rule") and path[-1] != "name"


def still_true(path, wrong, document):
    """Return whether a changed entry leaves no room for an objection."""
    if document["status"] == "feasible":
        return path == ("limit",)  # what stopped a run is not the verifier's to know
    if path == ("status",) and wrong == "feasible":
        return not document["exhaustive"]  # less is claimed than is known
    return False


@pytest.mark.parametrize("case", CASES)
def test_every_broken_entry_is_named(case, tmp_path):
    instance, options = CASES[case]
    document = json.loads(json.dumps(solution_document(instance, solve(instance, **options))))
    save(instance, tmp_path / "instance.json")
    target = tmp_path / "solution.json"

    def verdict(changed):
        target.write_text(json.dumps(changed))
        return verify_file(str(tmp_path / "instance.json"), str(target))

    sound = verdict(document)
    assert sound.valid
    missed = []
    for path, value in leaves(document):
        for wrong in broken(path, value):
            if not is_claim(path, document) or wrong == value:
                continue
            changed = deepcopy(document)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = wrong
            try:
                report = verdict(changed)
            except FormatError:
                continue
            silent = report.valid and report.unchecked == sound.unchecked
            if silent and not still_true(path, wrong, document):
                missed.append((path, value, wrong))
    assert not missed
