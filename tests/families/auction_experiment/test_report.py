"""Reports: their numbers are those of the records, in every form, with and without pictures."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import eqsolve
from eqsolve.core.errors import InstanceError, OptionError
from eqsolve.core.result import Result, Stats
from eqsolve.core.status import Status
from eqsolve.families.auction_experiment.convert import load_auction_logs
from eqsolve.families.auction_experiment.report import AuctionReport, auction_report
from eqsolve.families.auction_experiment.report.timing import final_raise
from eqsolve.families.auction_experiment.solution import Action, ExperimentRecord, Round
from tests.families.auction_experiment.foreign import played, write_run, write_session


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[ExperimentRecord]:
    """Return small records of every kind."""
    top = tmp_path_factory.mktemp("logs")
    rng = np.random.default_rng(1)
    for treatment, n in (("spsb", 3), ("fpsb", 3), ("common_spsb_4", 4), ("affiliated_ac", 3)):
        for minute in range(3):
            rounds = []
            for k in range(4):
                types = rng.integers(20, 40, n).tolist()
                factor = 0.6 if treatment == "fpsb" else 1
                bids = [int(factor * own) + int(rng.integers(-2, 3)) for own in types]
                order = sorted(range(n), key=lambda i, bids=bids: -bids[i])  # type: ignore[misc]
                price = bids[order[treatment != "fpsb"]]
                if treatment == "affiliated_ac":
                    bids[order[0]] = price
                worth = 30 if treatment.startswith("common") else types[order[0]]
                profits = [worth - price if i == order[0] else 0 for i in range(n)]
                rounds.append(played(k, types, bids, order[0], price, profits, 30))
            write_session(top / treatment, rounds, minute)
    for minute in range(3):
        moves = [
            (0, 1, 40),
            (0, 0, 43),
            (0, 2, 42),
            (1, 1, None),
            (1, 0, 45 + minute),
            (1, 2, None),
        ]
        write_run(top / "ebay_proxy", moves, minute)
    return load_auction_logs(top, periods=2)


@pytest.fixture(scope="module")
def report(records: list[ExperimentRecord]) -> AuctionReport:
    return auction_report(records)


def test_numbers_are_those_of_the_records(
    report: AuctionReport, records: list[ExperimentRecord]
) -> None:
    assert [entry.name for entry in report.treatments] == [
        record.experiment.name for record in records
    ]
    for entry in report.treatments:
        for name, value in entry.record.statistics.items():
            if name in entry.statistics and name != "r_squared_equilibrium" and value is not None:
                assert entry.statistics[name].value == pytest.approx(value), name
    bids = report["spsb"].bids
    assert len(bids) == 36
    assert len(report["affiliated_ac"].bids) == 24  # winners of a clock are not seen
    assert bids.won.sum() == 12


def test_risk_aversion_is_that_of_the_line_through_zero(report: AuctionReport) -> None:
    bids = report["fpsb"].bids
    slope = (bids.bids @ bids.types) / (bids.types @ bids.types)
    assert report["fpsb"].statistics["implied_rho"].value == pytest.approx(3 - 2 / slope)
    assert report["fpsb"].statistics["implied_rho"].error is not None
    assert report["spsb"].statistics["implied_rho"].value is None


def test_the_curse_stands_beside_what_others_would_have_earned(report: AuctionReport) -> None:
    curse = report["common_spsb_4"].curse
    assert curse is not None
    rounds = report["common_spsb_4"].record.rounds
    naive = [30 - sorted(entry.values)[-2] for entry in rounds]  # type: ignore[type-var]
    assert curse.naive is not None
    assert curse.naive.value == pytest.approx(np.mean(naive))
    earned = [entry.profits[entry.winner] for entry in rounds if entry.winner is not None]
    assert curse.profit.value == pytest.approx(np.mean(earned))
    assert curse.losses.value == pytest.approx(np.mean([gain < 0 for gain in earned]))
    assert report["spsb"].curse is None


def test_final_bids_are_the_last_rises_of_winners(report: AuctionReport) -> None:
    timing = report["ebay_proxy"].timing
    assert timing is not None
    assert timing.times.tolist() == [1, 1, 1]
    assert timing.lengths.tolist() == [2, 2, 2]
    assert timing.in_last_period.value == 1
    moves = (Action(0, 0, 5, 0, 0), Action(1, 0, 5, 0, 0), Action(2, 1, 4, 5, 0))
    entry = Round(0, 0, (None, None), None, (5, 4), 0, 5, (5, 0), (None, 0), periods=moves)
    assert final_raise(entry) == 0  # the same again is no rise
    held = (Action(0, 0, None, 0, None),)
    idle = Round(0, 0, (None,), None, (None,), None, None, (0,), (0,), periods=held)
    assert final_raise(idle) is None


def test_tables_and_json_hold_everything(report: AuctionReport) -> None:
    titles = [table.title for table in report.tables]
    assert titles[0] == "Treatments"
    for title in ("Outcomes", "Final winning bids", "Tests between treatments"):
        assert title in titles
    text = report.to_markdown()
    assert text.count("### ") == len(titles)
    for entry in report.treatments:
        assert entry.name in text
        assert entry.name in str(report)
    document = json.loads(report.to_json())
    assert document == json.loads(json.dumps(report.to_dict()))
    assert {entry["name"] for entry in document["treatments"]} == {
        entry.name for entry in report.treatments
    }
    pairs = {(entry["first"], entry["second"]) for entry in document["tests"]}
    assert ("affiliated_ac", "fpsb") in pairs
    units = {entry["unit"] for entry in document["tests"]}
    assert units == {"observation", "session"}
    assert "Outcomes" in report._repr_html_()


def test_results_and_single_records_are_taken(records: list[ExperimentRecord]) -> None:
    one = records[0]
    stats = Stats(method="play", seconds=0.0)
    result = Result(status=Status.FEASIBLE, stats=stats, solution=one)
    both = auction_report([one, result], names=None)
    assert [entry.name for entry in both.treatments] == [
        one.experiment.name, f"{one.experiment.name} (2)"
    ]  # fmt: skip
    assert auction_report(one, names=["x"])["x"].record is one
    with pytest.raises(KeyError, match="there are x"):
        auction_report(one, names=["x"])["y"]
    with pytest.raises(OptionError, match="needs a record"):
        auction_report([])
    with pytest.raises(OptionError, match="2 names for 1 records"):
        auction_report([one], names=["a", "b"])
    with pytest.raises(InstanceError, match="record"):
        auction_report([3])  # type: ignore[list-item]
    empty = Result(status=Status.UNKNOWN, stats=stats)
    with pytest.raises(OptionError, match="nothing was played"):
        auction_report(empty)


def test_a_record_of_nothing_has_a_report() -> None:
    one = ExperimentRecord.example()
    nothing = ExperimentRecord(experiment=one.experiment, rounds=())
    report = auction_report([nothing, one], names=["nothing", "one"])
    assert report["nothing"].statistics["mean_revenue"].value is None
    assert "nothing" in str(report)
    json.loads(report.to_json())


def test_pictures_are_drawn_of_what_is_there(report: AuctionReport, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plot)")
    figures = report.figures
    assert set(figures) == {
        "bids", "deviations", "exits", "final_bids", "revenue", "winners_curse", "drift",
    }  # fmt: skip
    for name, figure in figures.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=40)
        assert len(buffer.getvalue()) > 2000, name
    few = auction_report(ExperimentRecord.example()).figures
    assert set(few) == {"bids", "deviations", "revenue"}


def test_it_is_offered_by_name() -> None:
    assert eqsolve.auction_report is auction_report
    assert eqsolve.load_auction_logs is load_auction_logs
