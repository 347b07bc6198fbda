"""The mdrplib converter on the real days and on broken folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from eqsolve import FormatError, OptionError, Status, tipped_equilibrium
from eqsolve.families.delivery_market.convert import MealDelivery
from eqsolve.families.delivery_market.structure import find_structure

DAYS = ("1o50t100s2p100", "3r50t75s2p100", "4r50t100s2p100")


@pytest.mark.parametrize("day", DAYS)
def test_real_days(real_data: Path, day: str) -> None:
    folder = real_data / "mdrplib" / day
    assert MealDelivery().recognizes(folder)
    assert not MealDelivery().recognizes(folder / "orders.txt")
    markets = list(MealDelivery(start=540, length=20, windows=2).read(folder))
    assert markets
    for market in markets:
        assert market.is_integral
        assert set(market.metadata["coordinates"]) == {"buyers", "stores", "couriers"}
        result = tipped_equilibrium(market)
        assert result.status is Status.SOLVED
        assert result.stats.method == "structured"
        assert result.require().efficient_welfare == result.objective


def test_costs_are_travel_minutes_at_the_wage(real_data: Path) -> None:
    folder = real_data / "mdrplib" / DAYS[0]
    market = next(MealDelivery(wage=60.0, max_orders=3, max_couriers=2).read(folder))
    places = {side: np.array(rows) for side, rows in market.metadata["coordinates"].items()}
    i, j, k = 1, 0, 1
    legs = [
        np.linalg.norm(places["couriers"][k] - places["stores"][j]),
        np.linalg.norm(places["stores"][j] - places["buyers"][i]),
    ]
    minutes = sum(np.ceil(leg / 320) for leg in legs) + 8
    assert market.costs.tensor()[k, i, j] == 100 * minutes
    assert market.n_buyers == 3
    assert market.n_couriers == 2


def test_paces_break_the_structure_and_seeds_matter(real_data: Path) -> None:
    folder = real_data / "mdrplib" / DAYS[0]
    made = [
        next(MealDelivery(seed=seed, spread=0.3, max_orders=6, max_couriers=4).read(folder))
        for seed in (0, 0, 1)
    ]
    assert made[0] == made[1] != made[2]
    assert find_structure(made[0].costs) is None


def test_empty_windows_make_no_market(real_data: Path) -> None:
    assert not list(MealDelivery(start=5000).read(real_data / "mdrplib" / DAYS[0]))


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("orders.txt", "o1\t7514", "o1\tfar", "line 2 = 'far': x must be a number"),
        ("orders.txt", "\tr1\t", "\tr999\t", "there is no restaurant 'r999'"),
        ("orders.txt", "o2\t", "o1\t", "o1: this order is listed twice"),
        ("couriers.txt", "courier\tx", "courier\tlon", "line 1 must name the columns"),
        ("couriers.txt", "\t165", "", "line 2: has 4 cells, expected 5"),
        ("instance_parameters.txt", "320", "0", "a speed > 0"),
    ],
)
def test_broken_folders(
    real_data: Path, tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    folder = tmp_path / "day"
    shutil.copytree(real_data / "mdrplib" / DAYS[0], folder)
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError) as error:
        list(MealDelivery(start=0, length=1440).read(folder))
    assert words in str(error.value)
    assert name in str(error.value)


def test_a_missing_table(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        list(MealDelivery().read(tmp_path))


def test_a_byte_order_mark_and_line_ends_of_windows(tmp_path: Path) -> None:
    tables = {
        "orders": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t0\t0\t720\tr1\t725\n",
        "restaurants": "restaurant\tx\ty\nr1\t0\t50\n",
        "couriers": "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t1440\n",
        "instance_parameters": "meters_per_minute\tpickup service minutes\tdropoff service minutes"
        "\ttarget click-to-door\tmaximum click-to-door\tpay per order\tguaranteed pay per hour\n"
        "320\t4\t4\t40\t90\t10\t15\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.txt").write_bytes(
            b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        )
    assert MealDelivery().recognizes(tmp_path)
    (market,) = MealDelivery().read(tmp_path)
    assert market.labels["stores"] == ("r1",)
    for cell, rule in (("7_0", "ready_time must be a number"), ("nan", "must be a number")):
        text = tables["orders"].replace("725", cell)
        (tmp_path / "orders.txt").write_text(text)
        with pytest.raises(FormatError, match=f"line 2 = '{cell}': .*{rule}"):
            list(MealDelivery().read(tmp_path))


def test_settings_are_checked(tmp_path: Path) -> None:
    for settings in ({"length": 0}, {"spread": 2.0}, {"noise": -1.0}):
        with pytest.raises(OptionError):
            list(MealDelivery(**settings).read(tmp_path))  # type: ignore[arg-type]
