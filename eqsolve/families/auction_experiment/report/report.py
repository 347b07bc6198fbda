"""Several records side by side: tables, tests, numbers as JSON, pictures.

Treatments are compared pair by pair on |b - v|, b - v, revenue, efficiency, the winner's profit
and, of proxy auctions, final price and final winning bid time; each on single observations and on
session means. Cost: statistics O(N) each; Mann-Whitney and KS O(N log N) for each pair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.families.auction_experiment.report.comparison import Comparison, compare_all
from eqsolve.families.auction_experiment.report.sessions import session_means
from eqsolve.families.auction_experiment.report.tables import tables_of
from eqsolve.families.auction_experiment.report.treatment import Treatment, treatment_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord

__all__ = ["AuctionReport", "auction_report"]


@dataclass(frozen=True, slots=True, eq=False)
class AuctionReport:
    """What records show, side by side.

    Parameters
    ----------
    treatments : one for each record.
    comparisons : tests of all pairs.
    """

    treatments: tuple[Treatment, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def tables(self) -> list[Table]:
        """All tables that hold anything."""
        return tables_of(self.treatments, self.comparisons)

    @property
    def figures(self) -> Mapping[str, Any]:
        """Name -> matplotlib figure of all pictures that there is something for.

        Raises
        ------
        UnsupportedError : matplotlib is not installed.
        """
        from eqsolve.families.auction_experiment.pictures.figures import figures_of

        return figures_of(self.treatments)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers by name, ready for JSON."""
        return {
            "treatments": [treatment.to_dict() for treatment in self.treatments],
            "tests": [comparison.to_dict() for comparison in self.comparisons],
        }

    def to_json(self) -> str:
        """Return all numbers as JSON."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n"

    def to_markdown(self) -> str:
        """Return all tables as Markdown, a heading for each."""
        return "\n".join(f"### {table.title}\n\n{table.markdown()}" for table in self.tables)

    def __getitem__(self, name: str) -> Treatment:
        """Return the treatment of a name."""
        for treatment in self.treatments:
            if treatment.name == name:
                return treatment
        names = ", ".join(treatment.name for treatment in self.treatments)
        raise KeyError(f"no treatment {name!r}; there are {names}")

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.tables))

    def __repr__(self) -> str:
        names = ", ".join(treatment.name for treatment in self.treatments)
        return f"<AuctionReport: {names}>"

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables)


def auction_report(
    records: Sequence[ExperimentRecord | Result[Any]] | ExperimentRecord | Result[Any],
    names: Sequence[str] | None = None,
) -> AuctionReport:
    """Return what records of experiments show, side by side.

    Parameters
    ----------
    records : records, or results that hold one; or a single one.
    names : of the treatments; else those of the experiments, numbered where they repeat.

    Raises
    ------
    OptionError : no record, a result without one, or another number of names.

    Notes
    -----
    Errors are by session, and none are given for a single one. p-values are corrected after Holm
    within each outcome, unit and test. Cost: O(rounds x bidders x sessions), and the tests of all
    pairs. Source: Shah, Zhu, Jiang, Wang, Dayi, Horton and Parkes (2025); Holm (1979).

    Examples
    --------
    >>> report = auction_report(ExperimentRecord.example(), ["tiny"])
    >>> report, report["tiny"].statistics["share_truthful"].value
    (<AuctionReport: tiny>, 1.0)
    """
    given = [records] if isinstance(records, ExperimentRecord | Result) else list(records)
    if not given:
        raise OptionError("a report needs a record")
    held = [_record(entry) for entry in given]
    if names is not None and len(names) != len(held):
        raise OptionError(f"{len(names)} names for {len(held)} records")
    titles = _titles(held) if names is None else _distinct(list(map(str, names)))
    treatments = tuple(
        treatment_of(record, name) for record, name in zip(held, titles, strict=True)
    )
    return AuctionReport(treatments, tuple(_comparisons(treatments)))


def _record(given: object) -> ExperimentRecord:
    """Return the record that is given, or that a result holds."""
    found = given.solution if isinstance(given, Result) else given
    if isinstance(given, Result) and found is None:
        raise OptionError("a result without a record: nothing was played")
    require_instance(found, ExperimentRecord, "record")
    assert isinstance(found, ExperimentRecord)
    return found


def _titles(records: Sequence[ExperimentRecord]) -> list[str]:
    """Return names of records, all different."""
    plans = [record.experiment for record in records]
    return _distinct([plan.name or plan.auction.name or plan.auction.format for plan in plans])


def _distinct(names: list[str]) -> list[str]:
    """Return names with numbers behind those that repeat."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _comparisons(treatments: Sequence[Treatment]) -> list[Comparison]:
    """Return the tests of all pairs on every outcome that two treatments have."""
    outcomes: dict[str, dict[str, tuple[FloatArray, IntArray]]] = {}

    def add(outcome: str, name: str, values: FloatArray, sessions: IntArray) -> None:
        known = ~np.isnan(values)
        if known.any():
            outcomes.setdefault(outcome, {})[name] = values[known], sessions[known]

    for entry in treatments:
        bids, losers, rounds, timing = entry.bids, entry.losers, entry.outcomes, entry.timing
        add("|b - v|", entry.name, np.abs(bids.excess), bids.sessions)
        add("losers |b - v|", entry.name, np.abs(losers.excess), losers.sessions)
        add("b - v", entry.name, bids.excess, bids.sessions)
        add("revenue", entry.name, rounds.revenue, rounds.sessions)
        add("efficiency", entry.name, rounds.efficient, rounds.sessions)
        add("winner's profit", entry.name, rounds.profit, rounds.sessions)
        if timing is not None:
            add("final price", entry.name, timing.prices, timing.sessions)
            add("final winning bid", entry.name, timing.times.astype(np.float64), timing.sessions)
    found = []
    for outcome, samples in outcomes.items():
        single = {name: values for name, (values, _) in samples.items()}
        means = {name: session_means(*pair) for name, pair in samples.items()}
        found += compare_all(outcome, single)
        if any(len(means[name]) < len(single[name]) for name in means):
            found += compare_all(outcome, means, "session")
    return found
