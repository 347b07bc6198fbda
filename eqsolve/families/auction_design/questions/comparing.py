"""Several methods on the same types: what each earns, and paired differences with intervals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.method import make_method, require_support, resolved
from eqsolve.core.table import Table
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.playing.evaluate import (
    Earnings,
    enumerated,
    estimated,
    interval_of,
    is_enumerable,
)
from eqsolve.families.auction_design.solution.mechanism import Mechanism
from eqsolve.families.auction_design.solve import METHODS

__all__ = ["Comparison", "Contestant", "compare"]

SIMPLE = ("grand_bundle", "item_prices", "tariff", "size_prices")


@dataclass(frozen=True, slots=True)
class Contestant:
    """One mechanism among others.

    Parameters
    ----------
    name : of the method.
    mechanism : what it made.
    evaluation : what that earns.
    difference : what it earns more than the first one.
    difference_interval : at 95 %, of paired differences; None where exact.
    seconds : of making it.
    """

    name: str
    mechanism: Mechanism
    evaluation: Earnings
    difference: float
    difference_interval: tuple[float, float] | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contestants, in the order in which they were asked for; prints as a table."""

    contestants: tuple[Contestant, ...]

    def table(self) -> Table:
        """Return revenue and differences with their intervals."""
        first = self.contestants[0].name
        table = Table(
            "Revenue on the same types",
            ["method", "revenue", "low", "high", f"more than {first}", "at least", "at most",
             "welfare", "seconds"],
        )  # fmt: skip
        for one in self.contestants:
            told = one.evaluation
            low, high = told.interval or (None, None)
            apart = one.difference_interval or (None, None)
            table.add(
                one.name, told.revenue, low, high, one.difference, *apart, told.welfare, one.seconds
            )
        return table

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        """Return HTML for notebooks."""
        return self.table().html()


def compare(
    instance: AuctionDesign,
    methods: Sequence[str | tuple[str, dict[str, Any]]] | None = None,
    *,
    draws: int = 20_000,
    seed: int = 0,
    time_limit: float | None = None,
    **options: Any,
) -> Comparison:
    """Return what several methods earn on the same fresh draws, or over all types.

    Parameters
    ----------
    instance : the bidders.
    methods : names, or (name, options) pairs; None: ``auto`` and the simple mechanisms.
    draws : runs of the report; those of a seed are the same for all.
    seed : of fitting and report.
    time_limit : seconds for all methods together.
    **options : of every method.

    Notes
    -----
    Cost: that of the methods, and of playing what they made. Source: theory MEC-11.

    Examples
    --------
    >>> types = [{"probability": w, "unit_demand": v} for w, v in [(1, [4, 1]), (1, [1, 4])]]
    >>> found = compare(AuctionDesign(2, [{"types": types}]), ["lp", "grand_bundle"])
    >>> [(one.name, round(one.evaluation.revenue, 4)) for one in found.contestants]
    [('lp', 4.0), ('grand_bundle', 4.0)]
    """
    if methods is None:
        few = ("grand_bundle", "item_prices")
        methods = ["auto", *(SIMPLE if instance.n_bidders == 1 else few)]
    clock = Deadline(Limits(time=time_limit))
    mechanisms: list[tuple[str, Mechanism, float]] = []
    for asked in methods:
        name, own = asked if isinstance(asked, tuple) else (asked, {})
        settings = {"baselines": False, "report_draws": 2, "fit_seed": seed, **options, **own}
        chosen = resolved(make_method(METHODS, name, settings), instance)[0]
        require_support(chosen, METHODS, instance, name)
        start = time.perf_counter()
        outcome = chosen.run(instance, clock, np.random.default_rng(seed))
        label = name if name == chosen.name else f"{name} ({chosen.name})"
        assert outcome.solution is not None  # to sell nothing is a mechanism
        mechanisms.append((label, outcome.solution.mechanism, time.perf_counter() - start))
    made = [mechanism for _, mechanism, _ in mechanisms]
    if all(is_enumerable(mechanism, instance) for mechanism in made):
        found = [enumerated(mechanism, instance) for mechanism in made]
    else:
        found = estimated(made, instance, draws, seed)
    first = found[0]
    rows = []
    for (name, mechanism, seconds), one in zip(mechanisms, found, strict=True):
        apart = None
        if one.runs is not None and first.runs is not None:
            apart = interval_of(one.runs - first.runs)
        rows.append(Contestant(name, mechanism, one, one.revenue - first.revenue, apart, seconds))
    return Comparison(tuple(rows))
