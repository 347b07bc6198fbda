"""`play`: an auction is run, with bidders in its seats or by a mechanism that was designed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

import eqsolve.bidders as bidders  # a public name, which loads here
import eqsolve.proxies as proxies  # likewise
from eqsolve.core.instance import Instance
from eqsolve.registry import get_family

if TYPE_CHECKING:
    from eqsolve.families.auction_design.playing.runs import Played
    from eqsolve.families.auction_design.solution.mechanism import Mechanism
    from eqsolve.families.auction_experiment.solution import ExperimentRecord
    from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["bidders", "play", "proxies"]


@overload
def play(
    auction: SingleItemAuction | Mapping[str, Any],
    bidders: Iterable[object],
    rounds: int = 1,
    sessions: int = 1,
    seed: int = 0,
    **options: Any,
) -> ExperimentRecord: ...
@overload
def play(auction: Mechanism, bidders: object, *, seed: int = 0) -> Played: ...
def play(auction: Any, bidders: Any, *arguments: Any, **options: Any) -> Any:
    """Run an auction and return what happened.

    Parameters
    ----------
    auction : a `SingleItemAuction` or the object that files have; or the mechanism of a solution of
        auction design.
    bidders : who bids, one per seat, see `eqsolve.bidders`; for a mechanism the types of all
        bidders in all runs.
    *arguments, **options : for an auction ``rounds``, ``sessions``, ``seed``, the other fields of
        `AuctionExperiment`, ``time_limit`` and settings of the method ``play``; for a mechanism
        ``seed``. See ``eqsolve.families.auction_experiment.solve`` and
        ``eqsolve.families.auction_design.playing.runs``.

    Returns
    -------
    record : an `ExperimentRecord`, verified; for a mechanism `Played`.

    Raises
    ------
    InstanceError : with every fault of the plan, or types that the mechanism does not know.
    OptionError, UnsupportedError : before any work is done.
    NoSolutionError : not one round could be played.

    Notes
    -----
    Cost: O(rounds * bidders), and one request for each question to a model. Source: theory page,
    AUC-12; Ravindranath et al. (2024) for mechanisms.

    Examples
    --------
    >>> from eqsolve import SingleItemAuction, bidders
    >>> values = {"model": "private", "prior": {"integers": [0, 99]}}
    >>> auction = SingleItemAuction("second_price", 2, values)
    >>> record = play(auction, [bidders.truthful(), lambda view: view.value // 2], rounds=5)
    >>> record.statistics["share_truthful"]
    0.5
    """
    if isinstance(auction, Instance | Mapping):
        room, kind = "solve", "auction_experiment"
    else:
        room, kind = "playing.runs", "auction_design"
    return get_family(kind).take(room, "play")(auction, bidders, *arguments, **options)
