"""The improvement graph of a small market: profiles, and the switches that pay.

Its sinks are the pure equilibria; a sink component with more than one profile is a set that
better responses never leave and never settle in.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.enumeration import n_profiles
from eqsolve.families.model_market.payoffs import TOLERANCE, deviation_payoffs, exact_gain

__all__ = ["improvement_graph", "sink_components"]

_MOST = 20_000


def improvement_graph(market: ModelMarket, *, rule: Literal["better", "best"] = "better") -> Any:
    """Return the digraph of improving switches; see ``eqsolve.improvement_graph``.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> sorted(improvement_graph(market).edges)
    [((0, 3), (1, 2)), ((1, 2), (2, 1)), ((3, 0), (2, 1))]
    """
    import networkx

    from eqsolve.families.model_market.kernels.profiles import next_profile

    if rule not in ("better", "best"):
        raise OptionError(f"rule = {rule!r}: must be 'better' or 'best'")
    if n_profiles(market) > _MOST:
        reason = f"{n_profiles(market)} profiles, at most {_MOST} fit"
        raise UnsupportedError("improvement graph", reason)
    graph: Any = networkx.DiGraph()
    counts = np.zeros(market.n_models, dtype=np.int64)
    counts[0] = market.n_platforms
    more = True
    while more:
        here = tuple(counts.tolist())
        graph.add_node(here)
        earned = deviation_payoffs(market, counts)
        for source in np.flatnonzero(counts):
            row, now = earned[source], earned[source, source]
            margin = TOLERANCE * np.maximum(row, now)
            better = row - now > margin
            if market.is_exact:
                for target in np.flatnonzero(np.abs(row - now) <= margin):
                    better[target] = exact_gain(market, counts, int(source), int(target)) > 0
            if rule == "best" and better.any():
                better &= row >= row.max() * (1 - TOLERANCE)
            for target in np.flatnonzero(better):
                after = counts.copy()
                after[source] -= 1
                after[target] += 1
                graph.add_edge(
                    here,
                    tuple(after.tolist()),
                    source=int(source),
                    target=int(target),
                    gain=float(row[target] - now),
                )
        more = bool(next_profile(counts))
    return graph


def sink_components(
    market: ModelMarket, *, rule: Literal["better", "best"] = "better"
) -> list[list[tuple[int, ...]]]:
    """Return the components that no improvement leaves; see ``eqsolve.sink_components``.

    Examples
    --------
    >>> sink_components(ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3))
    [[(2, 1)]]
    """
    import networkx

    condensed = networkx.condensation(improvement_graph(market, rule=rule))
    return sorted(
        sorted(condensed.nodes[node]["members"])
        for node in condensed
        if condensed.out_degree(node) == 0
    )
