"""The record of an experiment: every round that was played, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsolve.core.shown import Shown
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.solution.documents import read_fields
from eqsolve.families.auction_experiment.solution.rounds import Failure, Number, Round, plain
from eqsolve.families.auction_experiment.solution.schema import USAGE
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["ExperimentRecord"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ExperimentRecord(Shown):
    """The record of an experiment.

    Parameters
    ----------
    experiment : the plan; it is not part of the file.
    rounds : in the order of play, session after session; those that were played.
    statistics : name -> number or None, see `STATISTICS`.
    benchmark : the equilibrium that bids are held against, or None.
    benchmark_kind : ``"bne"``, ``"truthful"`` or ``"none"``.
    strategies : by seat the strategy that its bids follow where it is no plain formula, else None.
    usage : name -> number, see `USAGE`; all 0 where nobody was asked.
    failures : of chat bidders and functions.
    source : of records that others made: where from (``"files"``), and ``"faults"``, a list of what
        is wrong in them, each an object with ``"what"`` and, where known, ``"file"``,
        ``"session"``, ``"round"``, ``"bidder"``. None for what was played here.

    Examples
    --------
    >>> record = ExperimentRecord.example()
    >>> record, record.rounds[0].price, record.is_complete
    (<ExperimentRecord: second_price, 1 of 1 rounds>, 3, True)
    """

    experiment: AuctionExperiment
    rounds: tuple[Round, ...]
    statistics: Mapping[str, Number | None] = field(default_factory=dict)
    benchmark: SingleItemAuctionSolution | None = None
    benchmark_kind: str = "none"
    strategies: tuple[Strategy | None, ...] | None = None
    usage: Mapping[str, Number] = field(default_factory=lambda: dict.fromkeys(USAGE, 0))
    failures: tuple[Failure, ...] = ()
    source: Mapping[str, Any] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every round of the plan was played."""
        return len(self.rounds) == self.experiment.n_rounds

    @property
    def broken_off(self) -> int:
        """Number of sessions that ended because a model gave no answer."""
        return sum(failure.bidder is None for failure in self.failures)

    @property
    def sessions(self) -> tuple[tuple[Round, ...], ...]:
        """The rounds by session, those sessions that have any."""
        found: dict[int, list[Round]] = {}
        for entry in self.rounds:
            found.setdefault(entry.session, []).append(entry)
        return tuple(tuple(found[number]) for number in sorted(found))

    @property
    def revenue(self) -> Number:
        """All that was paid."""
        return plain(sum(sum(entry.payments) for entry in self.rounds))

    def __repr__(self) -> str:
        plan = self.experiment
        played = f"{len(self.rounds)} of {plan.n_rounds} rounds"
        return f"<ExperimentRecord: {plan.auction.format}, {played}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExperimentRecord) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # of a record that compares by content

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        strategies = self.strategies
        return {
            "rounds": [entry.to_dict() for entry in self.rounds],
            "statistics": dict(self.statistics),
            "benchmark": None if self.benchmark is None else self.benchmark.to_dict(),
            "benchmark_kind": self.benchmark_kind,
            "strategies": None
            if strategies is None
            else [None if one is None else one.to_dict() for one in strategies],
            "usage": dict(self.usage),
            "failures": [failure.to_dict() for failure in self.failures],
            "source": None if self.source is None else dict(self.source),
        }

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], experiment: AuctionExperiment
    ) -> ExperimentRecord:
        """Return the record written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or sizes do not fit.
        """
        return cls(experiment=experiment, **read_fields(document, experiment))

    @classmethod
    def example(cls) -> ExperimentRecord:
        """Return a record of one round, for examples."""
        values = {"model": "private", "prior": {"integers": [0, 9]}}
        auction = {"format": "second_price", "n_bidders": 2, "values": values}
        plan = AuctionExperiment(auction, [{"rule": "truthful"}] * 2, values=[[5, 3]])
        return cls(
            experiment=plan,
            rounds=(Round(0, 0, (5, 3), None, (5, 3), 0, 3, (3, 0), (2, 0)),),
        )
