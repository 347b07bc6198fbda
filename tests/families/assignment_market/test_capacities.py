"""CAP-1..4 against brute force, what stays the same, the verifier against lies, bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

import eqsolve
from eqsolve import AssignmentMarket, AssignmentSolution, Result
from eqsolve.core.tolerances import EXACT
from eqsolve.families.assignment_market import capacity_theorems
from eqsolve.families.assignment_market.capacity_bench import review_table
from eqsolve.families.assignment_market.convert import CONVERTERS, CourseSeats
from eqsolve.families.assignment_market.generate import RECIPES
from eqsolve.families.assignment_market.kernels.many_to_many import DENSE, transport
from eqsolve.families.assignment_market.solve import METHODS
from eqsolve.families.assignment_market.verify import capacities, capacity_scan
from eqsolve.families.assignment_market.verify.capacity_scan import holds
from eqsolve.testing import assignment_markets, capacitated_markets
from tests.families.assignment_market import capacity_oracle as oracle

REFUSED = [m.name for m in METHODS if m.name not in ("auto", "flow", "linear_program")]
WITNESS = AssignmentMarket([[1, 1], [2, 1]], buyer_capacities=[1, 2])
"""The least prices are not the VCG payments of a buyer of two items (CAP-3)."""


def plain(market: AssignmentMarket) -> tuple[Any, ...]:
    """Return values, reserves and capacities as lists for the oracle."""
    rows = range(market.n_buyers)
    values = [[market.values[i, j] for j in range(market.n_sellers)] for i in rows]
    a, s = market.capacities
    return values, market.reserves.tolist(), a.tolist(), s.tolist()


def near(market: AssignmentMarket, expected: object) -> object:
    """Return what numbers must equal: exactly for whole numbers, within rounding otherwise."""
    if market.is_integral:
        return expected
    return pytest.approx(expected, rel=1e-9, abs=1e-9 * max(market.scale, 1e-300))


def solution_of(market: AssignmentMarket, **options: Any) -> AssignmentSolution:
    return eqsolve.solve(market, method="flow", **options).require()


def pairs_of(solution: AssignmentSolution) -> list[tuple[int, int]]:
    assert solution.pairs is not None
    return [tuple(pair) for pair in solution.pairs.tolist()]


@given(capacitated_markets())
@example(WITNESS)
@example(AssignmentMarket(np.zeros((0, 2)), seller_capacities=[1, 0]))
@example(AssignmentMarket([[3, 3]], buyer_capacities=[9], seller_capacities=[0, 9]))
def test_cap_1_pairs_are_best_and_duals_prove_it(market: AssignmentMarket) -> None:
    result = eqsolve.solve(market)
    solution, (values, reserves, a, s) = result.require(), plain(market)
    best = oracle.welfare(values, reserves, a, s)
    assert solution.welfare == near(market, best)
    assert oracle.gain(values, reserves, pairs_of(solution)) == near(market, best)
    assert pairs_of(solution) == sorted(set(pairs_of(solution)))
    u, q = result.certificate.row_duals.tolist(), result.certificate.column_duals.tolist()
    beyond = sum(
        max(0, v - reserves[j] - q[j] - u[i])
        for i, row in enumerate(values)
        for j, v in enumerate(row)
        if v is not None
    )
    total = sum(x * y for x, y in zip(a + s, u + q, strict=True)) + beyond
    assert total == near(market, best)


@given(capacitated_markets())
@example(WITNESS)
def test_cap_2_ends_are_marginal_products_of_units(market: AssignmentMarket) -> None:
    solution, (values, reserves, a, s) = solution_of(market), plain(market)
    for j in range(market.n_sellers):
        low = oracle.least_price(values, reserves, a, s, j)
        assert solution.price_min[j] == near(market, low)
        if s[j]:
            high = oracle.greatest_price(values, reserves, a, s, j)
            assert solution.price_max[j] == near(market, high)


@given(capacitated_markets(whole=True))
def test_cap_2_both_ends_support_every_optimum(market: AssignmentMarket) -> None:
    solution, case = eqsolve.solve(market).require(), plain(market)
    for pairs in oracle.best_sets(*case):
        for prices in (solution.price_min, solution.price_max):
            assert oracle.is_equilibrium(*case, pairs, prices.tolist())


@given(capacitated_markets(whole=True))
def test_cap_2_prices_form_a_lattice(market: AssignmentMarket) -> None:
    solution = eqsolve.solve(market).require()
    low, high = solution.price_min, solution.price_max
    odd = np.arange(market.n_sellers) % 2 == 1
    assert eqsolve.is_price_vector(market, low)
    assert eqsolve.is_price_vector(market, high)
    mixed = np.where(odd, low, high)
    held = oracle.is_equilibrium(*plain(market), pairs_of(solution), mixed.tolist())
    assert eqsolve.is_price_vector(market, mixed) == held
    if held:
        assert eqsolve.meet(market, mixed, high).tolist() == np.minimum(mixed, high).tolist()
    if market.n_sellers and market.capacities[1][0]:
        outside = high.copy()
        outside[0] += 1
        assert not eqsolve.is_price_vector(market, outside)


@given(capacitated_markets())
@example(WITNESS)
def test_cap_3_payments_are_what_buyers_cost_the_others(market: AssignmentMarket) -> None:
    solution, (values, reserves, a, s) = solution_of(market, vcg=True), plain(market)
    best = oracle.welfare(values, reserves, a, s)
    payments = solution.vcg_payments.tolist()
    for i in range(market.n_buyers):
        held = [j for buyer, j in pairs_of(solution) if buyer == i]
        product = best - oracle.welfare(values, reserves, oracle.without(a, i), s)
        due = sum(values[i][j] for j in held) - product
        assert payments[i] == near(market, due)
        if a[i] <= 1:
            assert payments[i] == near(market, sum(solution.price_min[j].item() for j in held))
    assert eqsolve.vcg_payments(market).tolist() == payments


def test_cap_3_the_witness() -> None:
    solution = solution_of(WITNESS, prices="min", vcg=True)
    assert solution.price_min.tolist() == [1, 1]
    assert (solution.utilities[1], solution.vcg_payments[1]) == (1, 0)
    assert not eqsolve.solve(WITNESS).require().has_payments


@given(assignment_markets())
def test_cap_4_capacities_of_one_change_nothing(market: AssignmentMarket) -> None:
    ones = AssignmentMarket(
        market.values,
        market.reserves,
        buyer_capacities=np.ones(market.n_buyers, int),
        seller_capacities=np.ones(market.n_sellers, int),
    )
    one, other = eqsolve.solve(ones).require(), eqsolve.solve(market).require()
    assert one.welfare == near(market, other.welfare)
    for name in ("price_min", "price_max"):
        assert getattr(one, name).tolist() == near(market, getattr(other, name).tolist())
    assert one.has_payments


def test_cap_4_copies_of_buyers_are_another_market() -> None:
    market = eqsolve.load("catalog:reviewers-and-papers")
    copies = AssignmentMarket(np.repeat(np.repeat(market.values.dense(), 2, 0), 2, 1))
    assert eqsolve.solve(market).require().welfare == 23
    assert eqsolve.solve(copies).require().welfare == 26


@pytest.mark.parametrize("theorem", [t.id for t in capacity_theorems.CAPACITY_THEOREMS])
def test_claims_hold_where_they_should(theorem: str) -> None:
    claims = {entry.id: entry.claim for entry in capacity_theorems.CAPACITY_THEOREMS}
    for name in ("reviewers-and-papers", "least-prices-are-not-vcg", "closed-and-spare"):
        assert claims[theorem](eqsolve.load(f"catalog:{name}")) is None


def market_of(n: int, m: int, seed: int, **more: Any) -> AssignmentMarket:
    rng = np.random.default_rng(seed)
    most = rng.integers(0, 6, n), rng.integers(0, 4, m)
    values = rng.integers(0, 9, (n, m)) if seed % 2 else rng.random((n, m)).round(3)
    return AssignmentMarket(values, buyer_capacities=most[0], seller_capacities=most[1], **more)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(30, 20), (12, 60), (50, 15)])
def test_the_linear_program_agrees(shape: tuple[int, int], seed: int) -> None:
    market = market_of(*shape, seed)
    solution, reference = (
        eqsolve.solve(market, method=name).require() for name in ("flow", "linear_program")
    )
    assert solution.welfare == near(market, reference.welfare)
    assert solution.to_dict() == eqsolve.solve(market).require().to_dict()


@pytest.mark.parametrize("seed", range(3))
def test_agents_in_another_order_and_the_sparse_form(seed: int) -> None:
    market = market_of(25, 30, seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(25), rng.permutation(30)
    a, s = market.capacities
    moved = AssignmentMarket(
        market.values.dense()[np.ix_(rows, columns)],
        buyer_capacities=a[rows],
        seller_capacities=s[columns],
    )
    edges = np.nonzero(market.values.dense() >= 0)
    sparse = AssignmentMarket.from_edges(
        25, 30, *edges, market.values.dense()[edges], buyer_capacities=a, seller_capacities=s
    )
    one, two, three = (eqsolve.solve(each).require() for each in (market, moved, sparse))
    assert one.welfare == near(market, two.welfare)
    for name in ("price_min", "price_max"):
        assert getattr(two, name).tolist() == near(market, getattr(one, name)[columns].tolist())
    assert three.to_dict() == one.to_dict()
    assert sparse == AssignmentMarket.from_edges(
        25, 30, *edges, market.values.dense()[edges], buyer_capacities=a, seller_capacities=s
    )


def test_numbers_in_other_units_and_more_units() -> None:
    market = market_of(20, 15, 1)
    a, s = market.capacities
    ten = AssignmentMarket(market.values.dense() * 10, buyer_capacities=a, seller_capacities=s)
    one = eqsolve.solve(market).require()
    assert eqsolve.solve(ten).require().price_max.tolist() == (10 * one.price_max).tolist()
    more = AssignmentMarket(market.values, buyer_capacities=a, seller_capacities=s + 1)
    above = eqsolve.solve(more).require()
    assert above.welfare >= one.welfare
    assert (above.price_min <= one.price_min).all()
    assert (above.price_max[s > 0] <= one.price_max[s > 0]).all()


def test_decimals_stay_decimals_and_uneven_amounts_are_exact() -> None:
    market = AssignmentMarket([[0.3, 0.1], [0.2, 0.1]], buyer_capacities=[2, 2])
    solution = eqsolve.solve(market).require()
    assert solution.price_min.tolist() == [0.2, 0.1]
    assert solution.price_max.tolist() == [0.3, 0.1]
    uneven = AssignmentMarket([[1e30, 1e-30], [1.0, 1e-30]], buyer_capacities=[2, 1])
    assert eqsolve.solve(uneven).require().price_min.tolist() == [1.0, 1e-30]
    large = AssignmentMarket([[2**55 + 1, 2**55]] * 2, buyer_capacities=[2, 2])
    assert eqsolve.solve(large).require().welfare == 2**56 + 1
    beyond = AssignmentMarket([[2**60, 1]], buyer_capacities=[2])
    with pytest.raises(eqsolve.UnsupportedError, match=r"2\*\*60 / 2"):
        eqsolve.solve(beyond)


def test_a_last_surplus_unit_that_no_bid_moves_is_pushed_out() -> None:
    market = AssignmentMarket(np.full((12, 7), 4), buyer_capacities=[2] * 12)
    with_ties = eqsolve.solve(market, time_limit=60).require()
    assert (with_ties.welfare, with_ties.price_min.tolist()) == (28, [4] * 7)


@pytest.mark.parametrize("rows", [0, 1])
def test_kernels_and_their_interpreted_twins_agree(rows: int) -> None:
    shape = ((24, 10), (10, 24))[rows]
    market = market_of(*shape, 3)
    stop = np.zeros(1, np.uint8)
    compiled, plain = (transport(market, stop, vcg=True, plain=plain) for plain in (False, True))
    assert compiled is not None
    assert plain is not None
    assert compiled.pairs.tolist() == plain.pairs.tolist()
    assert compiled.price_min.tolist() == plain.price_min.tolist()
    assert compiled.price_max.tolist() == plain.price_max.tolist()
    assert compiled.vcg_payments is not None
    assert plain.vcg_payments is not None
    assert compiled.vcg_payments.tolist() == plain.vcg_payments.tolist()


def test_a_program_that_is_stopped_says_so() -> None:
    assert transport(market_of(24, 10, 3), np.ones(1, np.uint8), vcg=True) is None


@settings(max_examples=60)
@given(st.integers(2, 6), st.integers(12, 30), st.integers(1, 40), st.booleans(), st.integers(0))
def test_ways_between_few_columns_lead_to_the_same_ends(
    few: int, many: int, top: int, gaps: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, top + 1, (few, many)).astype(float)
    values[rng.random((few, many)) < 0.2 * gaps] = np.nan
    a, s = rng.integers(0, 6, few), rng.integers(0, 4, many)
    if seed % 2:
        values, a, s = values.T, s, a
    market = AssignmentMarket(values, buyer_capacities=a, seller_capacities=s)
    stop = np.zeros(1, np.uint8)
    few_columns, paths = (transport(market, stop, dense=share) for share in (DENSE, 0))
    assert few_columns is not None
    assert paths is not None
    worth = [market.values.at(*found.pairs.T).sum() for found in (few_columns, paths)]
    assert worth[0] == worth[1]
    assert few_columns.price_min.tolist() == paths.price_min.tolist()
    assert few_columns.price_max.tolist() == paths.price_max.tolist()


def test_the_table_of_a_folder_compares_answers(real_data: Path) -> None:
    lines = list(review_table(real_data / "preflib_bidding"))
    assert len(lines) == 2 + 3
    assert "| 00039-00000001 | 31 x 54 |" in lines[3]
    with pytest.raises(eqsolve.FormatError, match="no bids and no similarities"):
        list(review_table(real_data / "cats"))


def test_the_table_of_a_folder_passes_over_what_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"ann": {"p": 1, "q": 3}, "bob": {"p": 2}}')
    (tmp_path / "log.json").write_text('{"round_0": {"round": 0, "value": [4, 2]}}')
    (tmp_path / "log.txt").write_text("# DATA TYPE: category\n")
    _, _, line = review_table(tmp_path)
    assert line.startswith("| a | 2 x 2 |")


@pytest.mark.parametrize("name", REFUSED)
def test_other_methods_say_why_not(name: str) -> None:
    with pytest.raises(eqsolve.UnsupportedError, match=r"one trade at most.*flow"):
        eqsolve.solve(WITNESS, method=name)


@settings(max_examples=20)
@given(assignment_markets())
def test_flow_solves_markets_without_capacities(market: AssignmentMarket) -> None:
    solution, other = (eqsolve.solve(market, method=m).require() for m in ("flow", "auto"))
    assert solution.pairs is None
    assert solution.price_min.tolist() == near(market, other.price_min.tolist())
    assert solution.price_max.tolist() == near(market, other.price_max.tolist())


def test_a_canceled_run_says_so() -> None:
    deadline = eqsolve.Deadline()
    deadline.cancel()
    market = market_of(200, 150, 1)
    result = eqsolve.solve(market, deadline=deadline)
    assert result.solution is None
    assert result.limit is eqsolve.Limit.INTERRUPTED


# The verifier.

CLAIM = AssignmentMarket(
    [[9, 6, 4, None], [8, 7, 1, 2], [5, 5, 5, 3]],
    [1, 0, 2, 0],
    buyer_capacities=[2, 1, 2],
    seller_capacities=[1, 1, 2, 0],
    labels={"buyers": ["ann", "bob", "cat"], "sellers": ["house", "flat", "hut", "tent"]},
)


@pytest.fixture
def result() -> Result[AssignmentSolution]:
    return eqsolve.solve(CLAIM, method="flow", prices="mid", vcg=True)


def broken(result: Result[AssignmentSolution], **changes: Any) -> dict[str, str]:
    """Return the failures of a result with fields of its solution changed, by condition."""
    claim = replace(result, solution=replace(result.require(), **changes), certificate=None)
    return {c.id: c.worst for c in eqsolve.verify(CLAIM, claim).failures}


def added(array: np.ndarray, place: int, amount: float) -> np.ndarray:
    copy = array.astype(np.result_type(array, np.asarray(amount).dtype))
    copy[place] += amount
    return copy


def test_the_right_answer_is_valid(result: Result[AssignmentSolution]) -> None:
    assert broken(result) == {}
    report = eqsolve.verify(CLAIM, result)
    assert (report.verdict.value, report.tolerance) == ("valid", 0)


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([[0, 0], [0, 0], [1, 1]], "ann and house trade twice"),
        ([[1, 1], [0, 0]], "not sorted"),
        ([[0, 3]], "no edge between them"),
        ([[0, 0], [1, 0]], "house sells 2, its capacity is 1"),
        ([[1, 0], [1, 1]], "bob takes 2, its capacity is 1"),
        ([[0, 9]], "not among 3 buyers and 4 sellers"),
    ],
)
def test_pairs_that_cannot_be(
    result: Result[AssignmentSolution], pairs: list[list[int]], word: str
) -> None:
    found = broken(result, pairs=np.array(pairs))
    assert list(found) == ["assignment.pairs"]
    claim = replace(result, solution=replace(result.require(), pairs=np.array(pairs)))
    assert word in found["assignment.pairs"] or word in str(eqsolve.verify(CLAIM, claim))


def test_an_inefficient_set_is_told_with_agent_and_item(
    result: Result[AssignmentSolution],
) -> None:
    pairs = result.require().pairs
    assert pairs is not None
    found = broken(result, pairs=pairs[1:])
    assert {"assignment.welfare", "assignment.prices.buyer-demand"} <= set(found)
    assert "has room for" in found["assignment.prices.buyer-demand"]


def test_places_left_free_are_noticed_by_themselves() -> None:
    market = AssignmentMarket([[5, 3]], buyer_capacities=[2])
    result = eqsolve.solve(market)
    nothing = np.zeros(2, dtype=np.int64)
    claim = replace(
        result.require(),
        pairs=np.zeros((0, 2), dtype=np.int64),
        prices=nothing,
        price_max=nothing,
        utilities=nothing[:1],
        welfare=0,
    )
    found = {check.id: check.worst for check in eqsolve.verify(market, claim).failures}
    assert "has room for 2 more, but seller 0" in found["assignment.prices.buyer-demand"]


@pytest.mark.parametrize("field", ["price_min", "price_max", "prices"])
@pytest.mark.parametrize("seller", range(4))
@pytest.mark.parametrize("amount", [-1, 1])
def test_a_wrong_price_is_noticed(
    result: Result[AssignmentSolution], field: str, seller: int, amount: int
) -> None:
    assert broken(result, **{field: added(getattr(result.require(), field), seller, amount)})


@pytest.mark.parametrize(
    ("field", "condition"),
    [("utilities", "assignment.utilities"), ("vcg_payments", "assignment.vcg-payments")],
)
@pytest.mark.parametrize("buyer", range(3))
def test_a_wrong_amount_of_a_buyer(
    result: Result[AssignmentSolution], field: str, condition: str, buyer: int
) -> None:
    found = broken(result, **{field: added(getattr(result.require(), field), buyer, 1)})
    assert list(found) == [condition]
    assert CLAIM.label("buyers", buyer) in found[condition]


def test_ends_that_are_not_the_ends(result: Result[AssignmentSolution]) -> None:
    solution = result.require()
    assert "could fall" in broken(result, price_min=solution.price_max)["assignment.price-min.end"]
    assert "could rise" in broken(result, price_max=solution.price_min)["assignment.price-max.end"]
    closed = added(solution.price_max, 3, 1)
    assert "tent without units" in broken(result, price_max=closed)["assignment.price-max.closed"]


def test_a_certificate_that_does_not_hold(result: Result[AssignmentSolution]) -> None:
    duals = result.certificate
    for place in range(3):
        for amount in (-1, 1):
            wrong = replace(duals, row_duals=added(duals.row_duals, place, amount))
            report = eqsolve.verify(CLAIM, replace(result, certificate=wrong))
            total = sum(duals.row_duals) == sum(wrong.row_duals)
            assert total or not report.valid or CLAIM.capacities[0][place] == 2
    short = replace(duals, column_duals=duals.column_duals[1:])
    assert not eqsolve.verify(CLAIM, replace(result, certificate=short)).valid


@given(capacitated_markets(whole=True))
def test_any_other_end_is_refused(market: AssignmentMarket) -> None:
    result = eqsolve.solve(market)
    for end in ("price_min", "price_max"):
        for seller in range(market.n_sellers):
            for amount in (-1, 1):
                wrong = added(getattr(result.require(), end), seller, amount)
                claim = replace(result, solution=replace(result.require(), **{end: wrong}))
                assert not eqsolve.verify(market, replace(claim, certificate=None)).valid


@settings(max_examples=100)
@given(capacitated_markets(whole=True, reserves=False))
@example(AssignmentMarket([[4, 4], [3, 1]], buyer_capacities=[1, 1]))
@example(AssignmentMarket([[4, 4, 0], [3, 1, 2]], buyer_capacities=[2, 1]))
def test_the_other_end_is_not_the_end(market: AssignmentMarket) -> None:
    solution = eqsolve.solve(market).require()
    low, high = solution.price_min, solution.price_max
    if (low == high).all():
        return
    for end, prices in (("min", high), ("max", low)):
        claim = replace(solution, prices=prices, **{f"price_{end}": prices})
        failures = {check.id for check in eqsolve.verify(market, claim).failures}
        assert (
            f"assignment.price-{end}.end" in failures or "assignment.price-max.closed" in failures
        )


def report_of(market: AssignmentMarket, claim: Result[AssignmentSolution], quick: bool) -> Any:
    """Return the report, with or without the one call that says that all is well."""
    with pytest.MonkeyPatch.context() as patch:
        if not quick:
            patch.setattr(capacities, "holds", lambda *_: None)
        return eqsolve.verify(market, claim)


@settings(max_examples=150)
@given(capacitated_markets(whole=True), st.data())
@example(AssignmentMarket(np.zeros((0, 2)), seller_capacities=[1, 0]), None)
@example(AssignmentMarket([[3, 3]], buyer_capacities=[9], seller_capacities=[0, 9]), None)
def test_one_call_says_what_a_closer_look_says(market: AssignmentMarket, data: Any) -> None:
    rule = data.draw(st.sampled_from(["min", "max", "mid"])) if data else "max"
    claim = eqsolve.solve(market, method="flow", prices=rule)
    assert report_of(market, claim, True).checks == report_of(market, claim, False).checks
    held = (claim.require(), claim.certificate)
    worth, missed = holds(market, *held, EXACT, market.scale)
    assert (worth, missed) == (claim.require().welfare, [0.0] * 10)
    if data is None:
        return
    places = {name: getattr(claim.require(), name) for name in AMOUNTS}
    places |= {name: getattr(claim.certificate, name) for name in DUALS} | {"pairs": held[0].pairs}
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from([name for name in places if places[name].size] or [""]))
        if not name:
            return
        changed = places[name].copy()
        changed.flat[data.draw(st.integers(0, changed.size - 1))] += data.draw(
            st.sampled_from([-1, 1])
        )
        places[name] = changed
    solution = replace(held[0], **{name: places[name] for name in (*AMOUNTS, "pairs")})
    certificate = replace(held[1], **{name: places[name] for name in DUALS})
    lie = replace(claim, solution=solution, certificate=certificate)
    assert report_of(market, lie, True).checks == report_of(market, lie, False).checks


AMOUNTS, DUALS = ("prices", "price_min", "price_max", "utilities"), ("row_duals", "column_duals")


@settings(max_examples=50)
@given(capacitated_markets(whole=True))
@example(AssignmentMarket([[4, 4], [3, 1]], buyer_capacities=[1, 1]))
def test_one_call_knows_ends_that_are_not_the_ends(market: AssignmentMarket) -> None:
    for rule, end, other in (("min", "price_max", "price_min"), ("max", "price_min", "price_max")):
        claim = eqsolve.solve(market, prices=rule)
        same = replace(claim.require(), **{end: getattr(claim.require(), other)})
        lie = replace(claim, solution=same)
        assert report_of(market, lie, True).checks == report_of(market, lie, False).checks


def test_one_call_knows_prices_of_closed_sellers_that_are_too_high() -> None:
    market = AssignmentMarket([[3, 2]], buyer_capacities=[1], seller_capacities=[1, 0])
    claim = eqsolve.solve(market)
    prices, duals = added(claim.require().prices, 1, 1), claim.certificate
    lie = replace(
        claim,
        solution=replace(claim.require(), prices=prices),
        certificate=replace(duals, column_duals=added(duals.column_duals, 1, 1)),
    )
    failures = [check.id for check in eqsolve.verify(market, lie).failures]
    assert set(failures) == {"assignment.between", "assignment.price-rule"}


def test_one_call_knows_duals_below_0() -> None:
    market = AssignmentMarket([[None, None], [2, 1]], buyer_capacities=[0, 1])
    claim = eqsolve.solve(market)
    duals = replace(claim.certificate, row_duals=added(claim.certificate.row_duals, 0, -1))
    report = eqsolve.verify(market, replace(claim, certificate=duals))
    assert [check.id for check in report.failures] == ["assignment.dual-feasible"]


@given(capacitated_markets(whole=False), st.sampled_from(["min", "max", "mid"]))
def test_one_call_measures_decimals_as_a_closer_look_does(
    market: AssignmentMarket, rule: str
) -> None:
    claim = eqsolve.solve(market, prices=rule)
    one, other = (report_of(market, claim, quick).checks for quick in (True, False))
    assert [check.id for check in one] == [check.id for check in other]
    for left, right in zip(one, other, strict=True):
        assert left.passed
        assert left.max_violation == pytest.approx(right.max_violation, rel=1e-3, abs=1e-13)


@pytest.mark.parametrize("amount", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", ["prices", "price_min", "price_max", "utilities", "row_duals"])
def test_amounts_that_are_no_numbers_are_refused(field: str, amount: float) -> None:
    market = market_of(6, 8, 2)
    claim = eqsolve.solve(market)
    for place in (0, -1):
        owner = claim.certificate if field == "row_duals" else claim.require()
        changed = getattr(owner, field).copy()
        changed[place] = amount
        part = {field: changed}
        lie = (
            replace(claim, certificate=replace(claim.certificate, **part))
            if field == "row_duals"
            else replace(claim, solution=replace(claim.require(), **part))
        )
        assert not eqsolve.verify(market, lie).valid


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_compiled_passes_of_the_verifier_agree_with_their_twins(whole: bool, sparse: bool) -> None:
    market = market_of(25, 30, 1 if whole else 2)
    if sparse:
        a, s = market.capacities
        edges = np.nonzero(market.values.dense() > 0)
        market = AssignmentMarket.from_edges(
            25, 30, *edges, market.values.dense()[edges], buyer_capacities=a, seller_capacities=s
        )
    result = eqsolve.solve(market, vcg=True, method="flow")
    wrong = replace(
        result, solution=replace(result.require(), price_max=result.require().price_min)
    )
    for claim in (result, wrong):
        for quick in (True, False):
            reports = []
            for passes in (1e9, 1):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(capacity_scan, "_PASSES", passes)
                    reports.append(report_of(market, claim, quick))
            assert reports[0].checks == reports[1].checks
            assert reports[0].valid == (claim is result)


@pytest.mark.parametrize("price", [2**59, 2**59 + 0.5])
def test_sums_beyond_64_bits_are_exact(price: float) -> None:
    market = AssignmentMarket(np.full((40, 40), 2**59), seller_capacities=[1] * 40)
    result = eqsolve.solve(market)
    assert result.require().welfare == 40 * 2**59
    assert result.check.tolerance == 0
    duals = result.certificate
    wrong = replace(duals, row_duals=added(duals.row_duals, 0, price))
    report = eqsolve.verify(market, replace(result, certificate=wrong))
    assert [check.id for check in report.failures] == ["assignment.duality"]
    far = np.full(40, 2**61 - 512)
    claim = replace(result, solution=replace(result.require(), prices=far, price_max=far))
    failures = {check.id for check in eqsolve.verify(market, claim).failures}
    assert "assignment.price-max.buyer-demand" in failures


def test_regrets_that_overflow_are_regrets() -> None:
    market = AssignmentMarket(np.zeros((1, 9), int), buyer_capacities=[9])
    result = eqsolve.solve(market)
    everything = np.stack([np.zeros(9, int), np.arange(9)], axis=1)
    far = np.array([2**61 - 512] * 8 + [4096])  # which sum to 2**64
    solution = replace(result.require(), pairs=everything, prices=far, price_min=far, price_max=far)
    for quick in (True, False):
        failures = {
            check.id
            for check in report_of(market, replace(result, solution=solution), quick).failures
        }
        assert "assignment.prices.buyer-demand" in failures


def test_pairs_are_whole_numbers(result: Result[AssignmentSolution]) -> None:
    pairs = np.array([[0, 0.5], [1, 1]])
    assert "no whole number" in broken(result, pairs=pairs)["assignment.shape"]


def test_payments_of_many_buyers_are_rechecked() -> None:
    market = market_of(30, 40, 3)
    result = eqsolve.solve(market, method="flow", vcg=True)
    assert result.check.verdict.value == "valid"
    for buyer in range(0, 30, 7):
        wrong = added(result.require().vcg_payments, buyer, 1)
        claim = replace(result, solution=replace(result.require(), vcg_payments=wrong))
        failures = [check.id for check in eqsolve.verify(market, claim).failures]
        assert failures == ["assignment.vcg-payments"]


# Input, files and the other verbs.


def test_every_fault_of_capacities_is_named_in_one_pass() -> None:
    with pytest.raises(eqsolve.InstanceError) as error:
        AssignmentMarket([[1, 2], [3, 4]], buyer_capacities=[1, -1], seller_capacities=[0.5, True])
    text = str(error.value)
    assert "buyer_capacities[1] = -1" in text
    assert "seller_capacities[0] = 0.5" in text
    assert "seller_capacities[1] = True" in text
    with pytest.raises(eqsolve.InstanceError) as error:
        AssignmentMarket.from_edges(
            2, 2, [0], [5], [1], buyer_capacities=[1], seller_capacities=[1, 1.5]
        )
    for word in ("edges.seller[0]", "buyer_capacities: has length 1", "seller_capacities[1]"):
        assert word in str(error.value)


def test_a_market_and_its_solution_as_files(tmp_path: Path) -> None:
    market = eqsolve.load("catalog:reviewers-and-papers")
    file = tmp_path / "market.json"
    eqsolve.save(market, file)
    assert eqsolve.load(file) == market
    assert AssignmentMarket([[9, 5], [8, 1]]).digest != market.digest
    result = eqsolve.solve(market)
    document = result.require().to_dict()
    assert document["matching"] is None
    assert document["pairs"] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert "vcg_payments" not in document
    back = AssignmentSolution.from_dict(document, market)
    assert eqsolve.verify(market, back).valid
    for wrong in (
        {"pairs": [[0, 2]]},
        {"pairs": [[0, 0.5]]},
        {"pairs": None},
        {"matching": [0, 1]},
    ):
        with pytest.raises(eqsolve.InstanceError, match=r"pairs|matching"):
            AssignmentSolution.from_dict(document | wrong, market)
    unit = AssignmentMarket([[9, 5], [8, 1]])
    with pytest.raises(eqsolve.InstanceError, match="has no capacities"):
        AssignmentSolution.from_dict(document, unit)


def test_questions_are_answered_or_refused() -> None:
    market = eqsolve.load("catalog:least-prices-are-not-vcg")
    answer = eqsolve.ask(market, "vcg_payments")
    assert answer.fields["payments"].tolist() == [1, 0]
    assert answer.check.valid
    assert eqsolve.ask(market, "lattice", prices=[1, 1]).fields["is_equilibrium"]
    assert not eqsolve.ask(market, "lattice", prices=[2, 2]).fields["is_equilibrium"]
    for question in ("demand", "overdemanded"):
        with pytest.raises(eqsolve.UnsupportedError, match="sets of items"):
            eqsolve.ask(market, question)


def test_tables_frames_and_graphs() -> None:
    market = eqsolve.load("catalog:reviewers-and-papers")
    result = eqsolve.solve(market)
    text = str(eqsolve.view(market, result))
    assert "2 of 2 buyers trade 4 units" in text
    assert "capacities" in text
    frame = eqsolve.to_pandas(market, result.require())
    assert frame.index.tolist() == ["ann", "ann", "bob", "bob"]
    assert frame["value"].tolist() == [9, 5, 8, 1]
    graph = eqsolve.to_networkx(market, result.require())
    assert graph.nodes["seller", 1]["capacity"] == 2
    assert sum("trade" in data for *_, data in graph.edges(data=True)) == 4
    again = eqsolve.from_networkx(graph)
    assert again == market
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame([[9, 5], [8, 1]], ["ann", "bob"], ["x", "y"])
    known = eqsolve.from_pandas(
        table, buyer_capacities={"bob": 2, "ann": 2}, seller_capacities=pandas.Series({"y": 2})
    )
    assert [side.tolist() for side in known.capacities] == [[2, 2], [1, 2]]
    with pytest.raises(eqsolve.InstanceError, match="no such buyer"):
        eqsolve.from_pandas(table, buyer_capacities={"eve": 1})


@pytest.mark.parametrize("recipe", [recipe.name for recipe in RECIPES])
def test_recipes_draw_capacities(recipe: str) -> None:
    chosen = next(each for each in RECIPES if each.name == recipe)
    market = chosen(buyers=6, sellers=5, buyer_capacity=2, seller_capacity=-3).instance(1)
    assert market.buyer_capacities.tolist() == [2] * 6
    assert market.seller_capacities.max() <= 3
    assert chosen(buyers=6, sellers=5).instance(1).values.dense().tolist() == (
        market.values.dense().tolist()
    )


@pytest.mark.parametrize(
    ("file", "converter", "welfare"),
    [
        ("preflib_bidding/00037-00000001.cat", "preflib", 4308),
        ("preflib_bidding/00039-00000001.cat", "preflib", 231),
        ("preflib_bidding/00039-00000003.cat", "preflib", 864),
        ("reviewer_paper/acl_d_20_9_ta.json", "similarity", 633.4885290445973),
        ("reviewer_paper/elmo_d_20_10_ta.json", "similarity", 1252.429093837738),
    ],
)
def test_three_reviews_a_paper(real_data: Path, file: str, converter: str, welfare: float) -> None:
    scheme = {each.name: each for each in CONVERTERS}[converter]
    (market,) = scheme(seller_capacity=3).read(real_data / file)
    most = -(-3 * market.n_sellers // market.n_buyers)
    market = AssignmentMarket(
        market.values,
        buyer_capacities=np.full(market.n_buyers, most),
        seller_capacities=market.seller_capacities,
    )
    result = eqsolve.solve(market)
    assert result.require().welfare == pytest.approx(welfare)
    assert result.check.verdict.value == "valid"


def test_course_bids_with_several_courses(real_data: Path) -> None:
    path = real_data / "course_bids" / "ariel_5783_input.json"
    (market,) = CourseSeats(several=True, seats=0).read(path)
    document = json.loads(path.read_text())
    most = list(document["agent_capacities"].values())
    assert market.buyer_capacities.tolist() == most
    solution = eqsolve.solve(market).require()
    assert np.bincount(solution.trades[0], minlength=26).max() <= max(most)
    assert not solution.price_max.any()  # no course is short of seats
