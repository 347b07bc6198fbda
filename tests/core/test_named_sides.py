"""Frames and columns are read by name: nobody gets another's number, and no name is lost."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eqsolve
from eqsolve import InstanceError

TABLE = pd.DataFrame([[2, 1, 5], [1, 4, 0]], ["ann", "bob"], ["tea", "rice", "milk"])


def test_columns_in_any_order_give_the_same_market() -> None:
    money, stock = {"ann": 3, "bob": 1}, {"tea": 1, "rice": 2, "milk": 3}
    expected = eqsolve.FisherMarket(TABLE, [3, 1], [1, 2, 3])
    assert expected.labels == {"buyers": ("ann", "bob"), "goods": ("tea", "rice", "milk")}
    for people, goods in itertools.product(*map(itertools.permutations, (money, stock))):
        market = eqsolve.FisherMarket(
            TABLE,
            pd.Series({name: money[name] for name in people}),
            pd.Series({name: stock[name] for name in goods}),
        )
        assert (market, market.labels) == (expected, expected.labels)
        shuffled = TABLE.loc[list(people), list(goods)]
        again = eqsolve.FisherMarket(shuffled, pd.Series(money), pd.Series(stock))
        assert again.labels["goods"] == goods
        by_name = dict(zip(again.labels["buyers"], again.budgets.tolist(), strict=True))
        assert by_name == money


def test_every_kind_reads_names() -> None:
    reserves = pd.Series({"milk": 7, "tea": 0, "rice": 2})
    assert eqsolve.AssignmentMarket(TABLE, reserves).reserves.tolist() == [0, 2, 7]
    weights = pd.Series({"milk": 7, "tea": 1, "rice": 2})
    assert eqsolve.ModelMarket(TABLE, weights, 2).weights.tolist() == [1, 2, 7]
    network = eqsolve.TradingNetwork(TABLE, [(0, 0)])
    assert network.labels["sellers"] == ("tea", "rice", "milk")
    parts: dict[str, Any] = {
        "courier": pd.Series({"kim": 1, "lee": 2}),
        "pickup": pd.DataFrame([[1, 2, 3], [4, 5, 6]], ["lee", "kim"], ["milk", "tea", "rice"]),
        "order": TABLE.loc[["bob", "ann"]],
    }
    market = eqsolve.DeliveryMarket(TABLE, cost_parts=parts)
    assert market.costs.pickup is not None
    assert market.costs.pickup.tolist() == [[5, 6, 4], [2, 3, 1]]
    assert market.costs.order is not None
    assert market.costs.order.tolist() == TABLE.to_numpy().tolist()
    assert market.labels["couriers"] == ("kim", "lee")


@pytest.mark.parametrize(
    ("budgets", "rule"),
    [
        (pd.Series({"ann": 3, "eve": 1}), "^budgets: 'eve' is none of the buyers of utilities$"),
        (pd.Series({"ann": 3}), "^budgets: lacks 'bob', of the buyers of utilities$"),
        (pd.Series({"ann": 3, "bop": 1}), "'bop' is none of .*; did you mean 'bob'.$"),
        (pd.Series([1, 2], ["ann", "ann"]), "stands twice"),
    ],
)
def test_other_names_are_refused(budgets: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        eqsolve.FisherMarket(TABLE, budgets)


def test_labels_in_another_order_are_refused_and_others_win() -> None:
    with pytest.raises(InstanceError, match=r"labels\[buyers\]: the names stand in another order"):
        eqsolve.FisherMarket(TABLE, [1, 1], labels={"buyers": ["bob", "ann"]})
    market = eqsolve.FisherMarket(TABLE, [1, 1], labels={"buyers": ["A. Smith", "B. Jones"]})
    assert market.labels["buyers"] == ("A. Smith", "B. Jones")
    assert market.labels["goods"] == ("tea", "rice", "milk")


def test_positions_are_no_names() -> None:
    plain = eqsolve.FisherMarket(TABLE.to_numpy(), [3, 1])
    for budgets in (pd.Series([3, 1]), pd.Series({1: 1, 0: 3}), np.array([3, 1])):
        market = eqsolve.FisherMarket(pd.DataFrame(TABLE.to_numpy()), budgets)
        assert market == plain
        assert not market.labels


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        (TABLE.rename(index={"bob": None}), "values: one of the buyers has no name"),
        (TABLE.rename(index={"bob": np.nan}), "values: one of the buyers has no name"),
        (TABLE.rename(columns={"tea": " "}), "values: one of the sellers has no name"),
        (
            pd.DataFrame({"Unnamed: 0": [0, 1], "who": ["ann", "bob"], "tea": [2, 1]}),
            "values: the column 'Unnamed: 0' has no name: read the table with index_col=0, or drop",
        ),
        (
            pd.DataFrame({"who": ["ann", "ann"], "what": ["tea", "tea"], "worth": [1, 2]}),
            "values: the entry ann, tea stands twice",
        ),
    ],
)
def test_who_has_no_name_is_not_called_nan(table: Any, rule: str) -> None:
    with pytest.raises(InstanceError) as refused:
        eqsolve.AssignmentMarket(table)
    (line,) = refused.value.lines()
    assert line.startswith(rule)
