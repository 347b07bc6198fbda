"""Pictures of a record: bids and types, exits of clocks, proxy auctions, drift over rounds.

``panels`` holds one picture of one treatment in given axes, ``figures`` several treatments side by
side, for reports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.result import Result
from eqsolve.drawing.style import BLUE, axes, begin, legend_below, message, whole_numbers
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.pictures.panels import (
    bids_panel,
    deviations_panel,
    drift_panel,
    exits_panel,
    proxy_panel,
    timing_line,
)
from eqsolve.families.auction_experiment.report.treatment import Treatment, treatment_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.single_item_auction.instance import CLOCKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "auctions", "bids", "deviations", "drift", "exits", "final_bids"]

Answer = Result[ExperimentRecord]

_MOST_AUCTIONS = 4


def bids(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw bids against types, with winners, the equilibrium and a smooth curve."""
    entry = _treatment("bids", experiment, result)
    if not len(entry.bids):
        raise UnsupportedError("bids", "no bid beside a known type", what="picture")
    made = _begun(experiment, result, figure, "Bids and types", "type", "bid", (7, 6))
    bids_panel(made, entry)
    legend_below(made, 5)


def deviations(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw how far bids lie from types."""
    entry = _treatment("deviations", experiment, result)
    if not len(entry.bids):
        raise UnsupportedError("deviations", "no bid beside a known type", what="picture")
    made = _begun(experiment, result, figure, "Bids less types", "bid - type", "bids", (7, 4.8))
    deviations_panel(made, entry)
    legend_below(made)


def exits(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw at which prices bidders left a clock, against their values."""
    entry = _treatment("exits", experiment, result)
    if experiment.auction.format not in CLOCKS[1:] or not len(entry.losers):
        _nothing(experiment, result, figure, "Exits", "Nobody left a rising clock.")
        return
    x, y = "price - value on leaving", "share of exits"
    made = _begun(experiment, result, figure, "Where bidders left the clock", x, y, (7, 4.8))
    exits_panel(made, entry)


def auctions(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw the first proxy auctions: the price over time, maxima as steps, values as dots."""
    entry = _treatment("auctions", experiment, result)
    shown = [one for one in entry.record.rounds if one.periods][:_MOST_AUCTIONS]
    if not shown:
        _nothing(experiment, result, figure, "Auctions", "There is no proxy bidding.")
        return
    down = -(-len(shown) // 2)
    begin(figure, experiment, result, 10, 1.2 + 3.4 * down)
    names = list(experiment.labels.get("bidders", ())) or [
        f"bidder {seat}" for seat in range(experiment.n_bidders)
    ]
    grid = figure.add_gridspec(down, min(2, len(shown)))
    made = None
    for k, one in enumerate(shown):
        made = axes(figure, "", "period", "price and maxima", at=grid[k // 2, k % 2])
        made.set_title(f"session {one.session}, round {one.round}", loc="left", fontsize=10)
        proxy_panel(made, one, names)
    assert made is not None  # something is shown
    legend_below(made, 5)


def final_bids(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw when winners of proxy auctions made their final bids."""
    entry = _treatment("final_bids", experiment, result)
    if entry.timing is None:
        _nothing(experiment, result, figure, "Final bids", "There is no proxy bidding.")
        return
    x, y = "period of the winner's last rise", "share of auctions"
    made = _begun(experiment, result, figure, "Final winning bids", x, y, (7, 4.8))
    timing_line(made, entry, BLUE)
    made.set_ylim(0, 1.02)
    whole_numbers(made.xaxis)


def drift(experiment: AuctionExperiment, result: Answer, figure: Figure) -> None:
    """Draw the mean |b - v| of every round, over sessions."""
    entry = _treatment("drift", experiment, result)
    if not len(entry.bids) or experiment.rounds < 2:
        _nothing(experiment, result, figure, "Drift", "It takes rounds to drift over.")
        return
    x, y = "round", "mean |b - v|, one standard error"
    made = _begun(experiment, result, figure, "Drift over rounds", x, y, (7, 4.8))
    drift_panel(made, entry)
    whole_numbers(made.xaxis)
    made.set_ylim(bottom=0)


def _treatment(picture: str, experiment: AuctionExperiment, result: Answer) -> Treatment:
    """Return the record summed up; raises where nothing was played."""
    if result.solution is None or not result.solution.rounds:
        raise UnsupportedError(picture, "nothing was played", what="picture")
    return treatment_of(result.solution, experiment.name or experiment.auction.format)


def _nothing(
    experiment: AuctionExperiment, result: Answer, figure: Figure, title: str, text: str
) -> None:
    """Say in place of a picture why there is none."""
    begin(figure, experiment, result, 7, 3)
    message(figure, title, text)


def _begun(
    experiment: AuctionExperiment,
    result: Answer,
    figure: Figure,
    title: str,
    x: str,
    y: str,
    size: tuple[float, float],
) -> Axes:
    """Return the axes of a new picture."""
    begin(figure, experiment, result, *size)
    return axes(figure, title, x, y)


PICTURES: dict[str, Callable[[Any, Any, Any], None]] = {
    "bids": bids,
    "auctions": auctions,
    "exits": exits,
    "deviations": deviations,
    "final_bids": final_bids,
    "drift": drift,
}
