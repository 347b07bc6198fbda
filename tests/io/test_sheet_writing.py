"""Tables that are written are read again as what they were, names included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import OptionError
from eqsolve.catalog import catalog_names
from eqsolve.cli.__main__ import main
from eqsolve.io.sheet_writing import reading_options, table_text
from eqsolve.io.sheets import kinds_of_sheets
from tests.test_frames import MADE

NAMES = st.lists(
    st.one_of(st.sampled_from(["Total", "a,b", 'q"q', "5", "7.5"]), st.text("abc ;é", min_size=1)),
    min_size=4, max_size=4, unique_by=lambda name: name.strip().lower(),
).filter(lambda names: all(names) and all(name == name.strip() for name in names))  # fmt: skip


def named(kind: str) -> Any:
    return MADE[kind](lambda table: table)[0]


@pytest.mark.parametrize("kind", kinds_of_sheets())
def test_a_table_is_read_as_what_was_written(kind: str, tmp_path: Path) -> None:
    instance, path = named(kind), tmp_path / "table.csv"
    eqsolve.save(instance, path)
    options: dict[str, Any] = dict(reading_options(instance))
    (made,) = eqsolve.convert(path, **options)
    assert made == instance
    for side, size in instance.side_sizes().items():
        for place in range(size):
            assert made.label(side, place) == instance.label(side, place)


@pytest.mark.parametrize("kind", sorted(set(MADE) - set(kinds_of_sheets())))
def test_kinds_without_a_table_say_so(kind: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=f"kind '{kind}' do not fit a table; .*fisher_market"):
        eqsolve.save(named(kind), tmp_path / "table.csv")
    assert not (tmp_path / "table.csv").exists()


def test_most_of_the_catalog_fits_a_table() -> None:
    refused = []
    for name in catalog_names():
        instance = eqsolve.load(f"catalog:{name}")
        if instance.kind not in ("assignment_market", "fisher_market", "trading_network"):
            continue
        try:
            table_text(instance)
        except OptionError:
            refused.append(name)
    assert refused == []


@settings(max_examples=15)
@given(st.data(), NAMES, NAMES)
def test_odd_names_and_gaps_come_back_or_are_refused(
    data: st.DataObject, buyers: list[str], sellers: list[str]
) -> None:
    number = st.one_of(st.none(), st.integers(0, 10**6), st.floats(0, 1e6))
    values = [[data.draw(number) for _ in sellers] for _ in buyers]
    market = eqsolve.AssignmentMarket(
        values,
        buyer_capacities=[data.draw(st.integers(0, 3)) for _ in buyers],
        labels={"buyers": buyers, "sellers": sellers},
    )
    try:
        text = table_text(market)
    except OptionError:  # a table would be another market: the names mean something in it
        return
    assert text.startswith("buyer,")
    assert len(text.splitlines()) == 1 + len(buyers)


def test_names_that_mean_something_else_in_a_table_are_refused() -> None:
    market = eqsolve.AssignmentMarket(
        [[1, 2], [3, 4]], [5, 6], labels={"buyers": ["ann", "reserves"]}
    )
    with pytest.raises(OptionError, match=r"does not fit a table: .* write \.json"):
        table_text(market)


def test_sparse_markets_and_large_ones() -> None:
    sparse = eqsolve.AssignmentMarket.from_edges(2, 3, [0, 1], [2, 0], [4, 5])
    assert table_text(sparse).splitlines()[1] == "buyer 0,,,4"
    wide = eqsolve.AssignmentMarket.from_edges(2000, 2000, [0], [0], [1])
    with pytest.raises(OptionError, match="more than 1000000 cells"):
        table_text(wide)
    with pytest.raises(OptionError, match="outcome_probs has 3 axes"):
        table_text(eqsolve.load("catalog:effort-on-a-tree"))


def test_convert_writes_tables_and_says_how_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CliRunner()
    market = eqsolve.FisherMarket(
        np.array([[1, 2], [3, 1]]), [1, 2], utility={"ces": 0.5},
        labels={"buyers": ["Ann", "Bob"], "goods": ["tea", "rice"]},
    )  # fmt: skip
    eqsolve.save(market, "market.json")
    made = shell.invoke(main, ["convert", "market.json", "table.csv"])
    assert made.exit_code == 0, made.output
    assert Path("table.csv").read_text().splitlines()[1] == "Ann,1,2,1"
    assert "--kind fisher_market --table 'utility={\"ces\": 0.5}'" in made.output
    back = shell.invoke(
        main,
        ["convert", "table.csv", "again.json", "--option", "kind=fisher_market",
         "--option", 'utility={"ces": 0.5}'],
    )  # fmt: skip
    assert back.exit_code == 0, back.output
    assert eqsolve.load("again.json") == market
