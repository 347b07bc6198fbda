"""Sweeps: what happens to a market as one of its numbers moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Status
from eqsolve.core.table import Table
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.solve import market_equilibria

__all__ = ["SweepRow", "sweep", "sweep_table"]

Over = Literal["n_platforms", "n_models", "beta", "weight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """One market of a sweep, solved.

    Parameters
    ----------
    value : of the number that moves.
    status : as in results; the rest is NaN without an equilibrium.
    equilibria : how many were found.
    models_used : models adopted in the best equilibrium for users.
    welfare_best, welfare_worst : user welfare of the best and worst equilibrium listed.
    hhi, shannon : of the best equilibrium.
    optimum : welfare of the social optimum.
    """

    value: float
    status: Status
    equilibria: int
    models_used: int
    welfare_best: float
    welfare_worst: float
    hhi: float
    shannon: float
    optimum: float


def sweep(
    market: ModelMarket,
    over: Over,
    values: Iterable[float],
    *,
    type_index: int = 0,
    time_limit: float | None = 60.0,
) -> list[SweepRow]:
    """Return one solved row for each value.

    Parameters
    ----------
    market : where all else is taken from.
    over : ``"n_platforms"``; ``"n_models"`` (the first so many models); ``"beta"`` (sharpness of
        softmax choice, infinity for hardmax); ``"weight"`` (share of type `type_index`, in (0, 1),
        the others keeping their proportions).
    values : of that number.
    type_index : for ``"weight"``.
    time_limit : seconds per market.

    Raises
    ------
    InstanceError : not a model market.
    OptionError, InstanceError : a value that cannot be.

    Notes
    -----
    Cost: `market_equilibria` and `social_optimum` once per value. Source: Wei, Shi and
    Zhang (2026); NASH-6 says what many platforms lead to.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=1)
    >>> [row.models_used for row in sweep(market, "n_platforms", [1, 2, 10])]
    [1, 2, 2]
    """
    from eqsolve.families.model_market.questions.optimum import social_optimum

    require_instance(market, ModelMarket, "market")
    if over not in get_args(Over):
        raise OptionError(f"over = {over!r}: must be n_platforms, n_models, beta or weight")
    if not 0 <= type_index < market.n_types:
        raise OptionError(f"type_index = {type_index!r}: must be one of 0..{market.n_types - 1}")
    rows = []
    for value, moved in _moved(market, over, values, type_index):
        result = market_equilibria(moved, time_limit=time_limit)
        entries = () if result.solution is None else result.solution.equilibria
        best = max(entries, key=lambda entry: entry.welfare, default=None)
        rows.append(
            SweepRow(
                value=value,
                status=result.status,
                equilibria=len(entries),
                models_used=0 if best is None else int((best.counts > 0).sum()),
                welfare_best=np.nan if best is None else best.welfare,
                welfare_worst=min((entry.welfare for entry in entries), default=np.nan),
                hhi=np.nan if best is None else best.hhi,
                shannon=np.nan if best is None else best.shannon,
                optimum=social_optimum(moved, time_limit=time_limit).welfare,
            )
        )
    return rows


def sweep_table(rows: Iterable[SweepRow], over: str) -> Table:
    """Return the rows of a sweep as a table."""
    table = Table(
        f"Sweep over {over}",
        [over, "status", "equilibria", "models used", "welfare best", "worst", "HHI", "optimum"],
    )
    for row in rows:
        known = row.equilibria > 0
        table.add(
            row.value,
            row.status.value,
            row.equilibria,
            row.models_used if known else None,
            row.welfare_best if known else None,
            row.welfare_worst if known else None,
            row.hhi if known else None,
            row.optimum,
        )
    return table


def _moved(
    market: ModelMarket, over: str, values: Iterable[float], type_index: int
) -> Iterator[tuple[float, ModelMarket]]:
    """Yield each value with its market."""
    scores, weights, n = market.scores, market.weights, market.n_platforms
    for value in values:
        if over in ("n_platforms", "n_models") and not float(value).is_integer():
            raise OptionError(f"{over} = {value!r}: must be a whole number")
        if over == "n_platforms":
            yield value, ModelMarket(scores, weights, int(value), market.choice)
        elif over == "n_models":
            if not 1 <= value <= len(scores):
                raise OptionError(f"n_models = {value!r}: must be from 1 to {len(scores)}")
            yield value, ModelMarket(scores[: int(value)], weights, n, market.choice)
        elif over == "beta":
            soft = {"rule": "softmax", "beta": value}
            yield value, ModelMarket(scores, weights, n, "hardmax" if np.isinf(value) else soft)
        else:
            if not 0 < value < 1 or market.n_types < 2:
                raise OptionError(f"weight = {value!r}: must be in (0, 1), with two types or more")
            shares = market.shares.copy()
            shares *= (1 - value) / (1 - shares[type_index])
            shares[type_index] = value
            yield value, ModelMarket(scores, shares, n, market.choice)
