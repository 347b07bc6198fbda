"""Many models in one call: fidelities, batch sizes, rates and sellers in all combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.errors import InstanceError, OptionError, nearest_name
from eqsolve.core.limits import Deadline
from eqsolve.core.table import Table
from eqsolve.families.collusion_dynamics.fidelity import critical
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.questions.chances import (
    changed,
    escape_time,
    undecided_band,
)
from eqsolve.families.collusion_dynamics.solve import solve

__all__ = ["MEASURES", "Sweep", "SweepRow", "sweep"]

MEASURES = ("probability", "band", "escape")
"""What can be computed of each model with finite batches."""

Market = Callable[[int], Mapping[str, Any]]
"""Number of sellers -> payoffs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """One model of a sweep.

    Parameters
    ----------
    sellers, fidelity, size, rate : what it is; size and rate None without a batch.
    regime : its regime.
    critical_fidelity : of its payoffs, or None.
    lower, upper : theta- and theta+, None where there are none.
    limit : where the first start leads.
    probability : of collusion from the first start, the middle of its interval.
    band : width of the undecided band.
    escape : mean number of updates from theta+ to competition.
    """

    sellers: int
    fidelity: float
    size: int | None
    rate: float | None
    regime: str
    critical_fidelity: float | None
    lower: float | None
    upper: float | None
    limit: float
    probability: float | None = None
    band: float | None = None
    escape: float | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """Models in all combinations, the last parameter changing fastest.

    Parameters
    ----------
    rows : one for each.
    stopped : whether a deadline came first.
    """

    rows: tuple[SweepRow, ...]
    stopped: bool = False

    def table(self) -> Table:
        """Return the rows as a table, without columns that hold nothing."""
        names = [entry.name for entry in fields(SweepRow)]
        names = [it for it in names if any(getattr(row, it) is not None for row in self.rows)]
        shown = Table("Sweep", [name.replace("_", " ") for name in names], limit=None)
        return shown.extend([getattr(row, name) for name in names] for row in self.rows)


def sweep(
    dynamics: CollusionDynamics,
    *,
    fidelity: Sequence[float] | None = None,
    size: Sequence[int] | None = None,
    rate: Sequence[float] | None = None,
    sellers: Sequence[int] | None = None,
    market: Market | None = None,
    measures: Sequence[str] = ("probability",),
    deadline: Deadline | None = None,
) -> Sweep:
    """Return what becomes of an instance when parameters change, in all combinations.

    Parameters
    ----------
    dynamics : the instance; what is not listed stays.
    fidelity, size, rate, sellers : values to try.
    market : payoffs by the number of sellers, such as `payoffs_from_logit`; needed with `sellers`.
    measures : some of ``"probability"``, ``"band"`` and ``"escape"``, for instances with a batch.
    deadline : ends the sweep.

    Returns
    -------
    sweep : where a measure is not defined (no unstable rest point, for instance) it is None.

    Raises
    ------
    InstanceError : no `CollusionDynamics`, or a value out of its range.
    OptionError : an unknown measure, `sellers` without a market, sizes without a rate.

    Notes
    -----
    Cost: that of `solve`, `undecided_band` and `escape_time` for every combination. Source: Cao
    and Hu (2026).

    Examples
    --------
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, 0.5)
    >>> [row.regime for row in sweep(model, fidelity=[0.7, 0.85]).rows]
    ['competition', 'bistable']
    """
    require_instance(dynamics, CollusionDynamics, "dynamics")
    for measure in measures:
        if measure not in MEASURES:
            raise OptionError(f"unknown measure {measure!r}; {nearest_name(measure, MEASURES)}")
    if sellers is not None and market is None:
        raise OptionError("sellers needs a market: payoffs by the number of sellers")
    if dynamics.batch is None and size is not None and dynamics.rate is None and rate is None:
        raise OptionError("batches need a rate")
    for count in sellers or ():
        require_count(count, "sellers", 2)
    axes = (
        sellers or (None,), fidelity if fidelity is not None else (None,),
        size if size is not None else (None,), rate if rate is not None else (None,),
    )  # fmt: skip
    rows: list[SweepRow] = []
    for n, rho, b, eta in product(*axes):
        if deadline is not None and deadline.expired():
            return Sweep(tuple(rows), stopped=True)
        fields_of: dict[str, Any] = {}
        if n is not None and market is not None:
            fields_of["payoffs"] = market(int(n))
        if rho is not None:
            fields_of["fidelity"] = rho
        if eta is not None:
            fields_of["rate"] = eta
        if b is not None:
            old = dynamics.batch
            rest = {} if old is None else {"feedback": old.feedback, "estimator": old.estimator}
            fields_of["batch"] = {"size": b, **rest}
        rows.append(_row(dynamics, fields_of, measures, deadline))
    return Sweep(tuple(rows))


def _row(
    dynamics: CollusionDynamics,
    fields_of: dict[str, Any],
    measures: Sequence[str],
    deadline: Deadline | None,
) -> SweepRow:
    """Return the row of an instance with some fields changed."""
    line = changed(dynamics, **{**fields_of, "batch": None})  # whatever its thresholds
    regime = line.regime
    found: dict[str, float | None] = {}
    asked = fields_of.get("batch", dynamics.batch)
    rate = line.rate
    if asked is not None:
        try:
            model = changed(dynamics, **fields_of)
        except InstanceError as error:
            if {fault.field for fault in error.faults} != {"thresholds"}:
                raise
        else:
            found = {it: _measured(it, model, deadline) for it in measures}
    size = None if asked is None else int(asked["size"] if isinstance(asked, dict) else asked.size)
    return SweepRow(
        sellers=line.n_sellers,
        fidelity=line.fidelity,
        size=size,
        rate=None if rate is None else rate.initial,
        regime=regime.name,
        critical_fidelity=critical(*line.exact_payoffs),
        lower=regime.unstable,
        upper=regime.collusive,
        limit=regime.limit(line.exact_starts[0]),
        **found,
    )


def _measured(measure: str, model: CollusionDynamics, deadline: Deadline | None) -> float | None:
    """Return a measure of a model with a batch, None where it is not defined."""
    if measure == "probability":
        solution = solve(changed(model, start=model.start[:1]), deadline=deadline).solution
        chances = None if solution is None else solution.collusion_probability
        return None if chances is None else chances[0].middle
    try:
        if measure == "band":
            return undecided_band(model, deadline=deadline).width
        return escape_time(model, deadline=deadline).updates
    except OptionError:
        return None
