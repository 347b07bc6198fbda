"""Equilibria: formulas, play, lists; against the oracle, by figures, and at the edges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings

from eqsolve import SingleItemAuction, Status, UnsupportedError, solve, verify
from eqsolve.core.limits import Deadline
from eqsolve.families.single_item_auction.bench import five
from eqsolve.families.single_item_auction.evaluate import outlook
from eqsolve.families.single_item_auction.exact import exact_regret
from eqsolve.families.single_item_auction.kernels.envelope import best_lines
from eqsolve.families.single_item_auction.kernels.play import play_classes, play_states
from eqsolve.families.single_item_auction.methods.enumeration import Enumeration
from eqsolve.families.single_item_auction.playing import Play
from eqsolve.families.single_item_auction.questions.comparing import compare_formats
from eqsolve.families.single_item_auction.questions.obvious import obviously_dominant
from eqsolve.families.single_item_auction.questions.regretting import interim_regret
from eqsolve.families.single_item_auction.regret import regret_of
from eqsolve.families.single_item_auction.rules import award
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.testing import continuous_single_item_auctions, finite_single_item_auctions
from tests.families.single_item_auction import oracle

NINETY_NINE = {"model": "private", "prior": {"uniform": [0, 99]}}
WHOLE = {"model": "private", "prior": {"integers": [0, 99]}}
CAP = {"min": 0, "max": 99, "increment": 1}


def private(prior: dict[str, Any]) -> dict[str, Any]:
    return {"model": "private", "prior": prior}


@pytest.mark.parametrize(
    ("format", "more", "bid", "revenue"),
    [
        ("first_price", {}, 2 / 3 * 99, 49.5),
        ("first_price", {"risk": 0.5}, 4 / 5 * 99, 59.4),
        ("dutch", {}, 66, 49.5),
        ("second_price", {}, 99, 49.5),
        ("english", {}, 99, 49.5),
        ("english_blind", {"risk": 0.9}, 99, 49.5),
        ("all_pay", {}, 66, 49.5),
        ("kth_price", {"k": 3}, 2 * 99, 49.5),
    ],
)
def test_three_uniform_bidders(
    format: str, more: dict[str, Any], bid: float, revenue: float
) -> None:
    result = solve(SingleItemAuction(format, 3, NINETY_NINE, **more))
    assert result.status is Status.SOLVED
    solution = result.solution
    assert solution.strategies[0].bid(99.0) == pytest.approx(bid, abs=1e-9)
    assert solution.revenue == pytest.approx(revenue, rel=1e-4)
    assert result.objective == solution.revenue
    assert solution.efficiency == pytest.approx(1)


def test_figures_of_the_theory_page() -> None:
    """AUC-9 and AUC-10: rounded bids on the grid 0..99, and the cap that is forgotten."""
    values = np.arange(100.0)

    def epsilon(format: str, n: int, bids: Any, **more: Any) -> float:
        auction = SingleItemAuction(format, n, WHOLE, bids=CAP, **more)
        return regret_of(auction, [Strategy(values, bids, finite=True)], (0,) * n).epsilon

    assert epsilon("first_price", 4, np.round(3 * values / 4)) == pytest.approx(0.40, abs=5e-3)
    assert epsilon("first_price", 5, np.round(4 * values / 5)) == pytest.approx(0.27, abs=5e-3)
    rounded = np.round(2 / 3 * values**3 / 99**2)
    assert epsilon("all_pay", 3, rounded) == pytest.approx(0.90, abs=5e-3)
    assert epsilon("kth_price", 3, np.minimum(2 * values, 99), k=3) == pytest.approx(3.83, abs=5e-3)


def test_two_thirds_rounded_are_nearly_an_equilibrium() -> None:
    """Value 3 bids 2 and would win as much by 1; value 1 bids all it has."""
    auction = SingleItemAuction("first_price", 3, WHOLE, bids=CAP)
    values = np.arange(100.0)
    strategy = Strategy(values, np.round(2 * values / 3), finite=True)
    assert str(exact_regret(auction, [strategy], (0, 0, 0))) == "1/30000"
    found = solve(auction).solution
    assert found.strategies[0].bids.tolist() == strategy.bids.tolist()
    assert found.epsilon == pytest.approx(1 / 30000, abs=1e-12)


@pytest.mark.parametrize("format", ["first_price", "all_pay", "dutch", "kth_price"])
@pytest.mark.parametrize("reserve", [0, 2.5, 50])
def test_rounded_formulas_are_strategies_of_the_game(format: str, reserve: float) -> None:
    """They are taken only where their regret is small; whatever the reserve, they are bids."""
    more = {"k": 3} if format == "kth_price" else {}
    values = {"model": "private", "prior": {"integers": [1, 9]}}
    grid = {"min": 1, "max": 20, "increment": 1}
    auction = SingleItemAuction(format, 4, values, bids=grid, reserve=reserve, **more)
    result = solve(auction, method="fictitious_play")
    assert verify(auction, result).valid
    assert result.solution.epsilon < 0.2


def test_the_capped_third_price_game_has_a_pure_equilibrium() -> None:
    auction = SingleItemAuction("kth_price", 3, WHOLE, k=3, bids=CAP)
    result = solve(auction)
    assert result.status is Status.SOLVED
    assert result.solution.epsilon == 0
    assert exact_regret(auction, result.solution.strategies, (0, 0, 0)) == 0
    bids = result.solution.strategies[0].bids
    assert (bids > np.arange(100)).mean() > 0.4  # above the value, as without a cap
    assert 49.5 < np.searchsorted(bids, 99) < 99  # but the cap is reached far later than 2v says


def test_play_on_a_grid_is_near() -> None:
    points = ((np.arange(50) + 0.5) / 50).round(6).tolist()
    bids = {"min": 0, "max": 0.98, "increment": 0.02}
    auction = SingleItemAuction("first_price", 3, private({"points": points}), bids=bids)
    result = solve(auction, method="fictitious_play", epsilon=2e-4)
    assert result.solution.epsilon <= 1e-4
    for word, share in (("all_pay", 5e-4), ("second_price", 1e-4)):
        other = SingleItemAuction(word, 3, private({"points": points}), bids=bids)
        assert solve(other, method="fictitious_play").solution.epsilon <= share


def test_kernels_are_what_they_say() -> None:
    rng = np.random.default_rng(1)
    slopes, costs = np.sort(rng.random(40)), rng.random(40)
    values = np.sort(rng.random(300) * 3)
    best = best_lines(slopes, costs, values)
    table = values[:, None] * slopes - costs
    np.testing.assert_allclose(table[np.arange(300), best], table.max(axis=1))
    for name in (play_classes, play_states):
        assert callable(name)


@settings(max_examples=40)
@given(finite_single_item_auctions(max_bidders=2, max_values=2, max_top=2, models=("private",)))
@example(
    SingleItemAuction(
        "first_price", 2, private({"points": [5]}), bids={"min": 0, "max": 6, "increment": 1}
    )
)
def test_lists_are_those_of_the_oracle(auction: SingleItemAuction) -> None:
    found = Enumeration(find="all").run(auction, Deadline(), np.random.default_rng(0))
    listed = () if found.solution is None else found.solution.equilibria
    reserve = oracle.number(auction.reserve)
    mine = set()
    for (strategy,) in listed:
        bids = [
            None if np.isnan(bid) or oracle.number(bid) < reserve else oracle.number(bid)
            for bid in strategy.bids.tolist()
        ]
        mine.add(tuple(bids))
    assert mine == oracle.symmetric_equilibria(auction)


SMALL = {"max_bidders": 3, "max_values": 2, "max_top": 3}
LOW_AND_HIGH = [{"points": [0, 2]}, {"points": [1]}]


@settings(max_examples=60)
@given(finite_single_item_auctions(**SMALL))
def test_finite_answers_agree_with_the_oracle(auction: SingleItemAuction) -> None:
    agrees_with_the_oracle(auction)


@settings(max_examples=40)
@given(finite_single_item_auctions(**SMALL, models=("private",), alike=False))
@example(
    SingleItemAuction(
        "second_price", None, {"model": "private", "priors": LOW_AND_HIGH},
        bids={"min": 0, "max": 2, "increment": 1},
    )
)  # fmt: skip
def test_finite_answers_to_bidders_who_differ_agree_with_the_oracle(
    auction: SingleItemAuction,
) -> None:
    agrees_with_the_oracle(auction)


def agrees_with_the_oracle(auction: SingleItemAuction) -> None:
    """Epsilon, revenue, efficiency and utilities of whatever is found and pure."""
    try:
        result = solve(auction)
    except UnsupportedError:
        return
    solution = result.solution
    if solution is None or not all(strategy.is_pure for strategy in solution.strategies):
        return
    profile = [bids_of(auction, i, solution.strategies[solution.classes[i]])
               for i in range(auction.n_bidders)]  # fmt: skip
    revenue, right, gained = oracle.expectations(auction, profile)
    assert solution.revenue == pytest.approx(float(revenue), abs=1e-9)
    assert solution.efficiency == pytest.approx(float(right), abs=1e-9)
    assert list(solution.bidder_utility) == pytest.approx([float(g) for g in gained], abs=1e-9)
    if solution.epsilon_kind == "exact":
        assert solution.epsilon == pytest.approx(float(oracle.regret(auction, profile)), abs=1e-9)
    else:
        assert oracle.regret(auction, profile) == 0


def bids_of(
    auction: SingleItemAuction, bidder: int, strategy: Strategy
) -> dict[Fraction, oracle.Bid]:
    """Return what the oracle calls the bids of a bidder: type -> bid, None for staying out."""
    bids = [None if np.isnan(b) else oracle.number(b) for b in strategy.bids.tolist()]
    return dict(zip(oracle.types(auction, bidder), bids, strict=True))


@settings(max_examples=25)
@given(continuous_single_item_auctions())
def test_expectations_agree_with_draws(auction: SingleItemAuction) -> None:
    """Types drawn from the priors, bids by the strategy, winners by the rules."""
    result = solve(auction, cells=256)
    rng = np.random.default_rng(5)
    types, worths, _ = auction.values.sample(rng, auction.n_bidders, 3000)
    strategy = result.solution.strategies[0]
    bids = strategy.bids_at(types)
    lots = rng.random(len(types))
    paid, right = [], []
    for row, worth, lot in zip(bids, worths, lots, strict=True):
        found = award(auction, [None if np.isnan(b) else b for b in row.tolist()], lot)
        paid.append(sum(found.payments))
        right.append(found.winner is not None and worth[found.winner] == worth.max())
    noise = 5 * np.std(paid) / np.sqrt(len(paid)) + 1e-3
    assert result.solution.revenue == pytest.approx(np.mean(paid), abs=noise)
    assert result.solution.efficiency == pytest.approx(np.mean(right), abs=0.05)


def test_bidders_who_differ_have_different_top_bids() -> None:
    """Two with U[0, 10] bid up to 5 against each other, where a third has at most 1."""
    priors = [{"uniform": [0, 10]}, {"uniform": [0, 10]}, {"uniform": [0, 1]}]
    auction = SingleItemAuction("first_price", None, {"model": "private", "priors": priors})
    solution = solve(auction, iterations=6000, grid=200).solution
    tops = [float(strategy.bids[-1]) for strategy in solution.strategies]
    assert tops[0] == pytest.approx(5, abs=0.2)
    assert tops[1] < 1
    assert solution.classes == (0, 0, 1)


def test_many_bidders_who_differ_reach_the_accuracy_asked_for() -> None:
    """On one grid of 500 bids the average of play stays at twice this epsilon."""
    result = solve(five(5, 0))
    assert result.status is Status.SOLVED
    assert result.solution.epsilon <= 1e-3


def test_play_goes_on_where_a_coarser_one_ended() -> None:
    auction = five(2, 0)
    rows = np.tile(np.linspace(0, 1, 6), (2, 1))
    chances = np.full((2, 6), 1 / 6)
    coarse, fine = (
        Play(auction, np.linspace(0, 1, count), rows, chances, (0, 1)) for count in (3, 5)
    )
    coarse.average[:] = [[1, 2, 3, 4], [0, 0, 6, 1]]
    coarse.done, coarse.total = 7, 10.0
    fine.after(coarse)
    np.testing.assert_allclose(fine.average, [[0.5, 1, 1, 2, 1.5, 4], [0, 0, 0, 3, 3, 1]])
    assert (fine.done, fine.total) == (7, 10.0)


def test_no_pure_equilibrium_is_said_and_a_mixed_one_found() -> None:
    values = private({"points": [0, 6], "weights": [6, 7]})
    auction = SingleItemAuction("first_price", 2, values, bids={"min": 0, "max": 6, "increment": 1})
    result = solve(auction)
    assert result.solution.equilibria == ()
    assert result.solution.exhaustive
    assert "no symmetric pure equilibrium" in result.stats.remarks[0]
    assert result.certificate.kind == "exhaustion"
    assert result.status is Status.SOLVED
    shares = [share for _, share in result.solution.strategies[0].offers(1)]
    assert shares == pytest.approx([24 / 119, 33 / 119, 62 / 119])


def test_open_clocks_with_a_common_value_are_refused() -> None:
    """What is bid depends on who has left; with two bidders nobody has left before the end."""
    values = {"model": "common", "value": {"integers": [1, 2]}, "noise": 1}
    bids = {"min": 0, "max": 3, "increment": 1}
    with pytest.raises(UnsupportedError, match="who has left"):
        solve(SingleItemAuction("english", 3, values, bids=bids))
    assert solve(SingleItemAuction("english", 2, values, bids=bids)).solution is not None


def test_unequal_profiles_are_listed_too() -> None:
    auction = SingleItemAuction(
        "first_price", 2, private({"points": [2]}), bids={"min": 0, "max": 2, "increment": 1}
    )
    alike = solve(auction, find="all").solution
    any_profile = solve(auction, find="all", symmetric=False).solution
    assert len(alike.equilibria) == 3  # 0, 1 and 2: winning half of 2 is as good as 1 for sure
    assert len(any_profile.equilibria) >= 3
    assert any_profile.classes == (0, 1)


# ------------------------------------------------------------------------------- edges


def test_one_bidder_bids_as_little_as_counts() -> None:
    for word, reserve, revenue in (
        ("first_price", 0, 0), ("first_price", 0.2, 0.16), ("all_pay", 0.2, 0.16),
        ("second_price", 0.2, 0.16), ("english", 0, 0),
    ):  # fmt: skip
        auction = SingleItemAuction(word, 1, private({"uniform": [0, 1]}), reserve=reserve)
        assert solve(auction).solution.revenue == pytest.approx(revenue, abs=1e-6)


@pytest.mark.parametrize("format", ["first_price", "all_pay", "second_price", "english"])
def test_a_reserve_above_all_values_sells_nothing(format: str) -> None:
    for values in (private({"uniform": [0, 1]}), private({"integers": [0, 1]})):
        bids = {"min": 0, "max": 3, "increment": 1} if "integers" in values["prior"] else None
        result = solve(SingleItemAuction(format, 2, values, reserve=2, bids=bids))
        assert result.status is Status.SOLVED
        assert (result.solution.revenue, result.solution.efficiency) == (0, 0)


def test_equal_values_are_competed_away() -> None:
    """Bertrand: with one value for all, bidding it, or one or two steps less, is an equilibrium."""
    bids = {"min": 0, "max": 6, "increment": 1}
    auction = SingleItemAuction("first_price", 2, private({"points": [5]}), bids=bids)
    found = solve(auction, find="all").solution
    assert sorted(float(it[0].bids[0]) for it in found.equilibria) == [3, 4, 5]


def test_limits_at_the_least_value_and_at_the_reserve() -> None:
    low = solve(SingleItemAuction("first_price", 3, private({"power": [2, 5, 0.5]})))
    assert low.solution.strategies[0].bid(2.0) == pytest.approx(2)
    kept = solve(SingleItemAuction("first_price", 3, NINETY_NINE, reserve=40))
    assert kept.solution.strategies[0].bid(40.0) == pytest.approx(40)
    assert kept.solution.strategies[0].bid(39.9) is None
    third = solve(SingleItemAuction("kth_price", 4, private({"uniform": [3, 5]}), k=4))
    assert third.solution.strategies[0].bid(3.0) == pytest.approx(3)


def test_risk_aversion_without_end_bids_the_value() -> None:
    auction = SingleItemAuction("first_price", 2, NINETY_NINE, risk=0.999)
    assert solve(auction).solution.strategies[0].bid(50.0) == pytest.approx(50, rel=2e-3)


def test_all_pay_with_a_reserve_keeps_more_types_out() -> None:
    """Revenue equivalence at equal reserves is one of equal thresholds: v F(v) = r here."""
    first, all_pay = (
        solve(SingleItemAuction(word, 2, private({"uniform": [0, 1]}), reserve=0.25)).solution
        for word in ("first_price", "all_pay")
    )
    assert first.strategies[0].values[0] == pytest.approx(0.25)
    assert all_pay.strategies[0].values[0] == pytest.approx(0.5)
    assert first.revenue == pytest.approx(0.375, abs=1e-4)
    assert all_pay.revenue == pytest.approx(5 / 12, abs=1e-4)


def test_values_between_bids_leave_nothing_dominant() -> None:
    auction = SingleItemAuction(
        "second_price", 2, private({"points": [0.5, 1.5]}),
        bids={"min": 0, "max": 2, "increment": 1},
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="does not hold all values"):
        solve(auction, method="dominance")


def test_the_winners_curse_in_numbers() -> None:
    """Equilibrium profits of the paper's market, n = 2, 3, 4; Monte Carlo figures of the page."""
    values = {"model": "common", "value": {"uniform": [20, 79]}, "noise": 20}
    for n, profit in ((2, 4.41), (3, 4.72), (4, 4.53)):
        solution = solve(SingleItemAuction("second_price", n, values)).solution
        assert sum(solution.bidder_utility) == pytest.approx(profit, abs=0.05)
        truth = Strategy(np.array([0.0, 99.0]), np.array([0.0, 99.0]))
        naive = outlook(SingleItemAuction("second_price", n, values), [truth], (0,) * n)
        assert sum(naive.utility) == pytest.approx([6.67, -0.03, -3.98][n - 2], abs=0.05)


def test_time_that_is_over_leaves_strategies_with_their_epsilon() -> None:
    auction = SingleItemAuction("all_pay", 3, WHOLE, bids=CAP)
    result = solve(auction, time_limit=1e-6)
    assert result.status is Status.FEASIBLE
    assert result.limit is not None
    assert result.solution.epsilon > 0


def test_answers_are_the_same_twice() -> None:
    auction = SingleItemAuction("all_pay", 2, private({"integers": [0, 9]}), bids={
        "min": 0, "max": 9, "increment": 1,
    })  # fmt: skip
    one, two = (solve(auction, method="fictitious_play", iterations=500) for _ in range(2))
    assert one.solution.to_dict() == two.solution.to_dict()


# --------------------------------------------------------------------------- questions


def test_clocks_in_turn_are_obviously_dominant_and_at_once_are_not() -> None:
    """AUC-11: 30 of 30 in turn with 6 ticks, the witness at once, sealed only for value 0."""
    ticks = {"min": 0, "max": 5, "increment": 1}
    cases = 0
    for n in (2, 3):
        clock = SingleItemAuction("english_blind", n, private({"integers": [0, 5]}), bids=ticks)
        found = obviously_dominant(clock)
        assert found.holds
        cases += found.cases
        assert not obviously_dominant(clock, tick="at_once").holds
    assert cases == 30
    two = SingleItemAuction("english", 2, private({"points": [2]}), bids=ticks, tick="at_once")
    assert "leaving at 0 may gain 2" in obviously_dominant(two).witness
    sealed = SingleItemAuction("second_price", 2, private({"integers": [0, 5]}), bids=ticks)
    assert obviously_dominant(sealed).kept == 1


def test_a_clock_that_skips_values_is_not_obviously_dominant() -> None:
    """Who is asked last may win at a tick above its value, before it can leave."""
    clock = SingleItemAuction(
        "english", 2, private({"points": [3]}), bids={"min": 0, "max": 6, "increment": 2}
    )
    assert not obviously_dominant(clock).holds


def test_formats_are_compared() -> None:
    rows = compare_formats(SingleItemAuction("first_price", 2, NINETY_NINE, risk=0.5))
    found = {row.format: row for row in rows}
    assert found["first_price"].solution.revenue > found["second_price"].solution.revenue
    assert found["all_pay"].solution is None
    assert "risk" in found["all_pay"].reason
    assert "fewer than 3" in found["kth_price"].reason


def test_regret_of_any_strategy() -> None:
    auction = SingleItemAuction("first_price", 2, private({"uniform": [0, 1]}))
    truth = Strategy(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert interim_regret(auction, truth).epsilon == pytest.approx(0.25, abs=1e-3)
