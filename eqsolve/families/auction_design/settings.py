"""The settings of Ravindranath et al. (2024) for sequential auctions, and what is earned in them.

``python -m eqsolve.families.auction_design.settings`` solves them all, two at a time, and writes
the table of the documentation: what the sequence earns on fresh draws with its 95 % interval,
beside simple mechanisms on the same draws, and what the authors' logs say. Myerson's auctions of
all items at once are no sequences: they are a class of their own, which has its own column.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solve import design

__all__ = ["SETTINGS", "Setting", "setting", "table"]


class Setting(NamedTuple):
    """One row of the table.

    Parameters
    ----------
    name : of the law, see `setting`.
    bidders, items : n and m.
    method : which earns most within minutes.
    options : of the method, where its defaults take too long.
    dp, fpi : what the authors' logs say of play by their dynamic program, and by fitted policy
        iteration; None: not told.
    """

    name: str
    bidders: int
    items: int
    method: str = "dp_symmetric"
    options: Mapping[str, Any] = {}
    dp: float | None = None
    fpi: float | None = None


SETTINGS = (
    Setting("unif", 5, 5, dp=3.1345, fpi=3.1159),
    Setting("unif", 10, 10, dp=7.6043, fpi=7.5942),
    Setting("unif", 20, 20, dp=17.1469, fpi=17.1073),
    Setting("unif", 50, 50, dp=46.6460, fpi=46.5436),
    Setting("unit", 5, 5, dp=2.4371, fpi=2.4299),
    Setting("unit", 10, 10, dp=5.9940, fpi=6.0012),
    Setting("3demand", 5, 5, dp=3.1054, fpi=3.0906),
    Setting("3demand", 10, 10, dp=7.5414, fpi=7.5446),
    Setting("asym", 5, 5, "dp", dp=1.8693, fpi=1.8568),
    Setting("comb1", 10, 10, dp=7.0135, fpi=6.9995),
    Setting("comb1", 20, 10, dp=8.1871, fpi=8.1741),
    Setting("comb2", 10, 10, dp=24.4297, fpi=24.4825),
    Setting("comb2", 20, 10, dp=25.4794, fpi=25.7063),
)
"""The rows. The authors fitted ``comb2`` to another law than they played it on."""


def setting(name: str, bidders: int, items: int) -> AuctionDesign:
    """Return a setting by its name.

    Parameters
    ----------
    name : ``unif`` (additive U[0, 1]), ``asym`` (item j of m additive U[0, j / m]), ``unit`` and
        ``3demand`` (one, or the best three, of values U[0, 1] count), ``comb1`` (every bundle of s
        items U[0, sqrt s]), ``comb2`` (item values U[1, 2], and U[-s, s] for every bundle).
    bidders, items : n and m.

    Examples
    --------
    >>> setting("asym", 5, 5).n_bidders
    5
    """
    uniform = {"uniform": [0, 1]}
    laws: dict[str, dict[str, Any]] = {
        "unif": {"valuation": "additive", "items": uniform},
        "asym": {
            "valuation": "additive",
            "items": [{"uniform": [0, (j + 1) / items]} for j in range(items)],
        },
        "unit": {"valuation": "unit_demand", "items": uniform},
        "3demand": {"valuation": {"k_demand": 3}, "items": uniform},
        "comb1": {"valuation": "subsets"},
        "comb2": {"valuation": "additive_plus", "items": {"uniform": [1, 2]}},
    }
    return AuctionDesign(items, [{"distribution": laws[name], "count": bidders}])


def _solved(row: Setting) -> tuple[Result[DesignSolution], float]:
    """Return the verified answer in a setting, and the processor time that it took."""
    start = time.process_time()
    instance = setting(row.name, row.bidders, row.items)
    result = design(instance, method=row.method, fit_seed=1, time_limit=None, **row.options)
    return result, time.process_time() - start


def table(rows: tuple[Setting, ...] = SETTINGS, processes: int = 2) -> Table:
    """Return the table, solved anew.

    Parameters
    ----------
    rows : settings.
    processes : solved so many at a time.
    """
    found = Table(
        "Sequential auctions",
        ["setting", "sequence", "95 %", "method, s", "items one by one", "one lot", "welfare",
         "at once (another class)", "authors' DP", "authors' FPI"],
        limit=None,
    )  # fmt: skip
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for row, (result, seconds) in zip(rows, pool.map(_solved, rows), strict=True):
            solution = result.solution
            assert solution is not None
            assert solution.revenue_interval is not None
            others = {name: other.revenue for name, other in solution.baselines.items()}
            low, high = solution.revenue_interval
            how = (row.method, *(f"{name}={value}" for name, value in row.options.items()))
            found.add(
                f"{row.name} {row.bidders} x {row.items}", solution.revenue,
                f"{low:.4f} to {high:.4f}", " ".join((*how, f"{seconds:.1f}")),
                others["item_prices"], others["grand_bundle"], solution.welfare,
                others.get("simultaneous_myerson"), row.dp, row.fpi,
            )  # fmt: skip
    return found


if __name__ == "__main__":
    sys.stdout.write(table().markdown())
