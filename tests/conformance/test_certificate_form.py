"""A solution file whose certificate or status is malformed is named as such, never a traceback."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import pytest

from eqsolve import (
    AssignmentMarket,
    DeliveryMarket,
    FisherMarket,
    ModelMarket,
    NormalFormGame,
    TradingNetwork,
    save,
    solve,
    verify,
)
from eqsolve.core.errors import FormatError
from eqsolve.io.solutions import solution_document
from eqsolve.io.verification import verify_file

ONE_COURIER = [[[0, 0], [0, 0]]]
CASES = {
    "assignment": (AssignmentMarket([[5, 8], [7, 9]]), {}),
    "fisher": (FisherMarket([[2, 1], [1, 2]], [3, 1]), {}),
    "delivery": (
        DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]]),
        {"method": "support_search", "cash_flow_floor": -20},
    ),
    "delivery without": (DeliveryMarket([[1, 1], [1, 1]], ONE_COURIER, tips=False), {}),
    "trading": (
        TradingNetwork(
            [[5, 3, 2], [4, 1, 7], [6, 6, 3]], [(0, 0), (1, 2), (2, 1)], [(0, 1), (1, 0), (2, 0)]
        ),
        {"method": "multipliers"},
    ),
    "models": (ModelMarket([[4, 1], [2, 3]], [1, 1], 3), {"method": "support_search"}),
    "game": (NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]]), {}),
}
WRONG = ["x", "1", None, True, 10**30, 1e308, [], [1], {}, {"zzz": 1}, 0.5]


@pytest.fixture(params=CASES, scope="module")
def case(request, tmp_path_factory):
    market, options = CASES[request.param]
    folder = tmp_path_factory.mktemp("case")
    save(market, folder / "instance.json")
    return folder, solution_document(market, solve(market, **options))


def judged(folder, document):
    path = folder / "solution.json"
    path.write_text(json.dumps(document))
    return verify_file(str(folder / "instance.json"), str(path))


def failed(folder, document):
    return {check.id for check in judged(folder, document).failures}


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def test_any_entry_of_a_certificate_may_be_of_a_wrong_type(case):
    folder, document = case
    assert judged(folder, json.loads(json.dumps(document))).valid
    refused, lines = 0, []
    for path in places(document["certificate"]):
        for wrong in WRONG:
            broken = deepcopy(document)
            inner = broken
            for key in ("certificate", *path)[:-1]:
                inner = inner[key]
            inner[("certificate", *path)[-1]] = wrong
            try:
                refused += not judged(folder, broken).valid
            except FormatError as error:
                lines += str(error).splitlines()
    assert refused + len(lines) > 10
    assert all("solution.json: certificate" in line for line in lines)


def test_numbers_beyond_64_bits_are_refused(case):
    folder, document = case
    for field in ("objective", "bound", "gap"):
        with pytest.raises(FormatError, match="must fit into 64 bits"):
            judged(folder, {**document, field: 10**30})


def test_a_required_field_that_is_null_is_refused(case):
    folder, document = case
    with pytest.raises(FormatError, match="status: must not be null"):
        judged(folder, {**document, "status": None})
    for field in ("matching", "transactions", "allocation", "equilibria", "prices", "introduced"):
        if document.get(field):
            with pytest.raises(FormatError, match=f"{field}: must not be null"):
                judged(folder, {**document, field: None})


def test_a_final_status_was_not_stopped(case):
    folder, document = case
    assert "file.status" in failed(folder, {**document, "limit": "time"})


def test_the_certificate_speaks_of_the_claimed_bound(case):
    folder, document = case
    if document["certificate"]["kind"] == "bound" and document["bound"] is not None:
        other = {**document["certificate"], "bound": document["bound"] + 1}
        assert "file.certificate" in failed(folder, {**document, "certificate": other})


def test_a_forged_revenue_of_a_network_without_revenue():
    """The message divided by the bound, which is 0."""
    network = TradingNetwork([[5]], known=[(0, 0)])
    result = solve(network)
    assert result.bounds.upper == 0
    forged = replace(result, solution=replace(result.solution, revenue=1))
    assert {"trading.revenue", "trading.guarantee"} <= {
        c.id for c in verify(network, forged).failures
    }
