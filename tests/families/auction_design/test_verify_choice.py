"""The verifier's own choice and its own sums of revenue, against a look at every bundle."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from eqsolve import AuctionDesign
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    TableValuations,
)
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    ScoreMechanism,
    SequentialMechanism,
    State,
    Tariff,
)
from eqsolve.families.auction_design.verify.choice import choose, choose_entries
from eqsolve.families.auction_design.verify.revenue import counted, drawn

ITEMS = 3
NUMBERS = st.integers(0, 4).map(float)


def language(name: str, numbers: list[float]) -> Valuations:
    """Return two types over three items who speak a language."""
    if name == "table":
        return TableValuations(np.array([[0.0, *numbers[:7]], [0.0, *numbers[7:14]]]))
    if name == "bids":
        bundles = [[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]]
        return BidValuations(np.array([0, 3, 4]), np.array(bundles) == 1, np.array(numbers[:4]))
    demand = {"additive": None, "two": 2, "unit": 1}[name]
    return AdditiveValuations(np.array(numbers[:6]).reshape(2, 3), demand)


LANGUAGES = ("table", "bids", "additive", "two", "unit")


WHOLE = [True] * 6


@example("unit", [3.0, 4.0, 0.0] * 4, 0.0, [1.0, 2.0, 9.0], None, WHOLE)  # the dearer of two
@example("bids", [4.0] * 14, 0.0, None, [4.0, 1.0, 0.0], WHOLE)  # a larger bundle is cheaper
@example("table", [1.0] * 14, 1.0, [0.0, 1.0, 1.0], None, [False, *WHOLE[1:]])
@settings(max_examples=60)
@given(
    name=st.sampled_from(LANGUAGES),
    numbers=st.lists(NUMBERS, min_size=14, max_size=14),
    fee=st.integers(0, 2).map(float),
    items=st.none() | st.lists(NUMBERS | st.just(np.inf), min_size=3, max_size=3),
    sizes=st.none() | st.lists(NUMBERS | st.just(np.inf), min_size=3, max_size=3),
    left=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_tariffs_against_every_bundle(
    name: str, numbers: list[float], fee: float, items: Any, sizes: Any, left: list[bool]
) -> None:
    types = language(name, numbers)
    tariff = Tariff(
        State(), fee, None if items is None else np.array(items),
        None if sizes is None else np.array(sizes),
    )  # fmt: skip
    available = np.array(left).reshape(2, 3)
    found = choose(types, tariff, available, np.random.default_rng(0))
    for n in range(2):
        offers = [(0.0, 0.0)]
        for chosen in product([0, 1], repeat=ITEMS):
            held = [j for j in range(ITEMS) if chosen[j]]
            if not held or not all(available[n, j] for j in held):
                continue
            cost = fee + sum(items[j] for j in held if items is not None)
            cost += 0.0 if sizes is None else sizes[len(held) - 1]
            if cost < np.inf:
                worth = float(types.of(np.array([chosen]) == 1)[n, 0])
                offers.append((worth - cost, cost))
        best = max(utility for utility, _ in offers)
        paid = max(cost for utility, cost in offers if utility >= best - 1e-9)
        assert found.values[n] - found.payments[n] == pytest.approx(best, abs=1e-8)
        assert found.payments[n] == pytest.approx(paid, abs=1e-8)
        assert not (found.bundles[n] & ~available[n]).any()
        assert types.of(found.bundles[[n]])[n, 0] == pytest.approx(found.values[n])


@pytest.mark.parametrize("worth", [None, [0.0, 3.0, 0.0, 0.0]])
def test_entries_go_by_utility_then_money_then_place(worth: list[float] | None) -> None:
    bundles = np.array([[[1, 0, 0]], [[1, 0, 1]], [[0, 1, 0]], [[0, 1, 0]]]) == 1
    menu = Menu(
        State(), bundles, np.ones((4, 1)), np.array([1.0, 1.0, 2.0, 2.0]),
        None if worth is None else np.array(worth),
    )  # fmt: skip
    types = AdditiveValuations(
        np.array([[2, 0, 0], [2, 0, 3], [1, 0, 0], [0, 0, 0.5], [0, 2 + 1e-10, 0], [0, 1.9, 0]])
    )
    every = np.ones(3, dtype=np.bool_)
    chosen, values = choose_entries(types, menu, every)
    # Entries 0 and 1 leave the first type as well off; later worth decides, else the place.
    assert chosen.tolist() == [0 if worth is None else 1, 1, 0 if worth is None else 1, -1, 2, -1]
    assert values[:2].tolist() == [2, 5]
    gone, _ = choose_entries(types, menu, np.array([True, False, True]))
    assert gone.tolist() == [*chosen[:4].tolist(), -1, -1]


def test_a_lottery_with_an_atom_of_weight_0_does_not_need_its_items() -> None:
    bundles = np.array([[[1, 0], [0, 1]]]) == 1
    menu = Menu(State(), bundles, np.array([[1.0, 0.0]]), np.array([1.0]))
    types = AdditiveValuations(np.array([[3.0, 3.0]]))
    chosen, values = choose_entries(types, menu, np.array([True, False]))
    assert (chosen.tolist(), values.tolist()) == ([0], [3.0])


def test_lotteries_are_drawn_by_their_weights() -> None:
    bundles = np.array([[[1, 0], [0, 1]]]) == 1
    menu = Menu(State(), bundles, np.array([[0.25, 0.5]]), np.array([1.0]))
    n = 4000
    types = AdditiveValuations(np.full((n, 2), 4.0))
    found = choose(types, menu, np.ones((n, 2), np.bool_), np.random.default_rng(0))
    assert (found.payments == 1).all()
    assert (found.values == 3).all()
    assert found.bundles.mean(axis=0) == pytest.approx([0.25, 0.5], abs=0.03)
    assert not found.bundles.all(axis=1).any()


def one_after_the_other() -> tuple[AuctionDesign, SequentialMechanism]:
    """Return two bidders who want the same item, the second of whom may find it gone."""
    first = [{"probability": 3, "additive": [2, 0]}, {"probability": 1, "additive": [0, 5]},
             {"probability": 0, "additive": [9, 9]}]  # fmt: skip
    second = [{"probability": 1, "additive": [4, 1]}, {"probability": 1, "additive": [1, 1]}]
    lottery = Menu(
        State(0), np.array([[[1, 0], [0, 1]]]) == 1, np.array([[0.5, 0.25]]), np.array([1.0])
    )
    posted = Tariff(State(1), 0.0, np.array([3.0, 1.0]))
    design = AuctionDesign(2, [{"types": first}, {"types": second}])
    return design, SequentialMechanism(2, (0, 1), (lottery, posted))


def test_what_a_sequence_earns_is_summed_over_types_and_what_is_left() -> None:
    design, mechanism = one_after_the_other()
    found = counted(mechanism, design, lambda: None)
    # Both types of the first take the lottery, at 0 and 0.25; the second pays for what is left.
    assert found.payments[0] == pytest.approx(1)
    assert found.values[0] == pytest.approx(0.75 * 1 + 0.25 * 1.25)
    assert found.payments[1] == pytest.approx(0.5 * (0.5 * 3) + 1 * 0.75)
    assert found.values[1] == pytest.approx(0.5 * (0.5 * 4) + 1 * 0.75)


def test_draws_come_to_what_is_summed() -> None:
    design, mechanism = one_after_the_other()
    exact = counted(mechanism, design, lambda: None)
    told = drawn(mechanism, design, 20_000, 0, lambda: None)
    assert told.payments == pytest.approx(exact.payments, abs=0.03)
    assert told.values == pytest.approx(exact.values, abs=0.03)
    assert told.runs is not None
    assert told.runs.mean() == pytest.approx(told.payments.sum())


def test_scores_that_tie_go_to_the_first_bidder_at_the_least_winning_value() -> None:
    types = [{"probability": 1, "additive": [v]} for v in (0, 1, 2)]
    design = AuctionDesign(1, [{"types": types}, {"types": types}])
    values, scores = np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 2.0])
    mechanism = ScoreMechanism((values,) * 2, (scores,) * 2, (False, False))
    found = counted(mechanism, design, lambda: None)
    # With 2 against 0, 1, 2 the first pays 1, 1, 2, with 1 against 0, 1 both times 1; the second
    # pays 1, 2 with 2 against 0, 1, and 1 with 1 against 0.
    assert found.payments == pytest.approx([6 / 9, 4 / 9])
    assert found.values == pytest.approx([8 / 9, 5 / 9])
    told = drawn(mechanism, design, 20_000, 0, lambda: None)
    assert told.payments == pytest.approx(found.payments, abs=0.02)
    assert told.values == pytest.approx(found.values, abs=0.02)
