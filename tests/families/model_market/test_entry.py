"""Families of entrants refuse numbers that cannot be, and markets they were not made for."""

import pytest

from eqsolve import ConvexMixtures, InstanceError, ModelMarket, OptionError, RadialBumps, best_entry


def test_mixtures_name_every_fault() -> None:
    with pytest.raises(InstanceError) as caught:
        ConvexMixtures([[1.0, -2.0]], budget=0.0)
    assert caught.value.lines() == [
        "skills[0, 1] = -2.0: must be >= 0 and finite",
        "budget = 0.0: must be > 0 and finite",
    ]


@pytest.mark.parametrize("setting", ["bumps", "width", "budget"])
def test_bumps_need_positive_settings(setting: str) -> None:
    with pytest.raises(InstanceError, match=f"{setting} = -1"):
        RadialBumps([[0.0], [-1.0]], **{setting: -1})


def test_a_family_for_other_types_is_refused() -> None:
    market = ModelMarket([[5, 1, 1]], weights=[2, 1, 1], n_platforms=2)
    with pytest.raises(OptionError, match=r"scores of shape \(2,\), expected \(3,\)"):
        best_entry(market, ConvexMixtures([[1, 2]]))
