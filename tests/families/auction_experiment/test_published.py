"""The published tables from the authors' own logs; the theory page says which agree and how.

`EQSOLVE_DATA` may hold further folders of the same repository (``GPT-4o/...``, ``common_spsb_4``,
``ebay_closing_rule``, ...): they are checked where they are there.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from eqsolve.families.auction_experiment.convert import load_auction_logs
from eqsolve.families.auction_experiment.report import auction_report
from eqsolve.families.auction_experiment.report.comparison import compare
from eqsolve.families.auction_experiment.report.treatment import Treatment
from eqsolve.families.auction_experiment.solution import ExperimentRecord


def record(real_data: Path, name: str, **options: object) -> ExperimentRecord:
    folder = real_data / "llm_auction" / name
    if not folder.is_dir():
        pytest.skip(f"no logs at {folder}")
    (found,) = load_auction_logs(folder, **options)
    return found


def treatment(real_data: Path, name: str, **options: object) -> Treatment:
    return auction_report(record(real_data, name, **options)).treatments[0]


@pytest.mark.parametrize(
    ("name", "r_squared", "above", "below"),
    [
        ("private_second_price", "0.4845", "7213", "78652"),
        ("intervention_menu", "0.5337", "11104", "57685"),
        ("intervention_proxy_breitmoser", "0.2966", "177", "85488"),
        ("intervention_nash_deviation", "0.8365", "1160", "24591"),
        ("intervention_NE_strat_reveal", "0.9533", "2665", "5521"),
        ("intervention_wrong_strat_reveal", "-0.8258", "169", "141137"),
        ("intervention_risk_neutrality", "0.4004", "59", "89920"),
    ],
)
def test_table_2(real_data: Path, name: str, r_squared: str, above: str, below: str) -> None:
    held = treatment(real_data, name).statistics
    assert held["r_squared_truthful"].count == 225
    assert f"{held['r_squared_truthful'].value:.4f}" == r_squared
    assert f"{held['ss_above'].value:.0f}" == above
    assert f"{held['ss_below'].value:.0f}" == below


def plain_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values)))


@pytest.mark.parametrize(
    ("name", "share", "mean", "error"),
    [("affiliated_ac", "70.0", "2.03", "0.39"), ("affiliated_ac_closed", "76.7", "1.63", "0.40"),
     ("affiliated_spsb", "18.7", "6.26", "0.62")],
)  # fmt: skip
def test_table_1(real_data: Path, name: str, share: str, mean: str, error: str) -> None:
    """Shares: clocks within one increment, winners left out; sealed exactly equal, all bids."""
    found = treatment(real_data, name, aborted="drop")
    which = "share_truthful" if name.endswith("spsb") else "losers_share_within_increment"
    assert f"{100 * (found.statistics[which].value or 0):.1f}" == share
    off = np.abs(found.losers.excess)
    assert f"{off.mean():.2f}" == mean
    assert f"{plain_error(off):.2f}" == error
    assert len(off) == (100 if name.endswith("spsb") else 60)


@pytest.mark.parametrize(
    ("first", "second", "t", "p"),
    [
        ("affiliated_ac", "affiliated_ac_closed", "0.71", "0.48"),
        ("affiliated_ac", "affiliated_spsb", "-5.78", "4.09e-08"),
        ("affiliated_ac_closed", "affiliated_spsb", "-6.28", "3.21e-09"),
    ],
)
def test_table_3_with_its_last_two_rows_exchanged(
    real_data: Path, first: str, second: str, t: str, p: str
) -> None:
    off = [
        np.abs(treatment(real_data, name, aborted="drop").losers.excess) for name in (first, second)
    ]
    statistic, chance = compare(*off, "welch")
    assert f"{statistic:.2f}" == t
    assert f"{chance:.3g}" == p or f"{chance:.2f}" == p


@pytest.mark.parametrize(
    ("name", "in_last", "price", "closing"),
    [("ebay_proxy", "63", "57.37", "hard"), ("ebay_closing_rule", "0", "57.27", "soft")],
)
def test_figure_3_and_mean_prices(
    real_data: Path, name: str, in_last: str, price: str, closing: str
) -> None:
    found = treatment(real_data, name)
    assert found.record.experiment.proxy is not None
    assert found.record.experiment.proxy.closing == closing
    assert found.timing is not None
    assert len(found.timing.times) == 30
    assert f"{100 * (found.timing.in_last_period.value or 0):.0f}" == in_last
    assert f"{found.timing.mean_price.value:.2f}" == price


def test_table_4(real_data: Path) -> None:
    timings = [treatment(real_data, name).timing for name in ("ebay_proxy", "ebay_closing_rule")]
    statistic, chance = compare(*(timing.prices for timing in timings if timing), "welch")
    assert f"{statistic:.3f}" == "0.020"
    assert f"{chance:.3f}" == "0.984"


@pytest.mark.parametrize(
    ("folder", "profits"),
    [("", (12.8, 4.6, 1.1, -1.5, -1.6)), ("GPT-4o/", (9.2, -0.1, -2.5, -7.1, -8.1))],
)
@pytest.mark.parametrize("n", range(2, 7))
def test_winners_of_a_common_value(
    real_data: Path, folder: str, profits: tuple[float, ...], n: int
) -> None:
    curse = treatment(real_data, f"{folder}common_spsb_{n}").curse
    assert curse is not None
    assert curse.n_bidders == n
    assert curse.profit.value == pytest.approx(profits[n - 2], abs=0.051)
    assert curse.equilibrium is not None
    assert curse.equilibrium.value is not None
    assert 3 < curse.equilibrium.value < 6
    assert curse.naive is not None
    assert curse.naive.value is not None
    assert n == 2 or curse.naive.value < 0 < curse.equilibrium.value


@pytest.mark.parametrize(
    ("name", "first", "sessions", "rounds"),
    [
        ("private_second_price", 1399, 5, 15),
        ("intervention_nash_deviation", 1399, 5, 15),
        ("private_all_pay_one", 1399, 20, 1),
        ("affiliated_ac", 1399, 4, 10),
        ("affiliated_ac_closed", 1400, 3, 10),
    ],
)
def test_types_are_those_of_the_seeds(
    real_data: Path, name: str, first: int, sessions: int, rounds: int
) -> None:
    plan = record(real_data, name).experiment
    assert (plan.draws, plan.seed, plan.values) == ("python_random", first, None)
    assert (plan.sessions, plan.rounds) == (sessions, rounds)


def test_seeds_that_do_not_count_up_are_told(real_data: Path) -> None:
    found = record(real_data, "affiliated_spsb")
    assert found.experiment.values is not None
    assert found.source is not None
    assert found.source["python_random_seeds"] == [1400, 1400, 1401, 1402, 1403]
    assert [fault["what"] for fault in found.source["faults"]] == ["types are those of session 0"]


def test_faults_of_the_sources_are_listed(real_data: Path) -> None:
    def listed(name: str) -> list[str]:
        source = record(real_data, name).source
        assert source is not None
        return [fault["what"] for fault in source["faults"]]

    assert len(listed("private_all_pay_one")) == 40  # every loser's profit
    assert all(what.startswith("profit") for what in listed("private_all_pay_one"))
    over = listed("private_second_price")
    assert over == ["bid 114 exceeds the cap 99", "bid 102 exceeds the cap 99"]
    clock = listed("affiliated_ac")
    assert clock.count("aborted after 2 of 10 rounds") == 1
    assert clock.count("all plans are empty texts") == 3
    assert sum("looks like sealed bids" in what for what in clock) == 1
    for what in listed("ebay_proxy"):
        assert what == "line 2: Bidder Andy leads before anyone has bid"
