"""Batches to be drawn: how many latent preferences are high, then an entry of a table (COL-7).

Once it is known how many rounds of a batch have a high latent preference, what the batch shows no
longer depends on the propensity. So a binomial number and one draw from a fixed law make a batch,
however many kinds of rounds there are. Fixed laws are alias tables: a draw costs O(1).

A batch whose tables would be large is drawn in equal parts, and a rest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.collusion_dynamics.batches import Rounds

__all__ = ["Tables", "alias_table", "laws_given_latents", "tables_of"]

_ENTRIES = 1 << 15
"""Entries of the tables of a part, which should stay near the processor."""
_ROUNDS = 64
"""Rounds of a part at most, so that 2**-rounds is no denormal number."""

Shown = tuple[int, int, int, int]
"""Numbers of high and of low prices seen, and what each earned in all, in units."""


class Tables(NamedTuple):
    """Laws of the parts of a batch, P of them, one behind the other.

    Parameters
    ----------
    rounds : shape (P,), rounds of each part.
    width : shape (P,), number of outcomes of each part, G.
    shown : shape (P,), where the outcomes of a part begin in the last four arrays.
    entry : shape (P,), where its tables begin in `keep` and `other`: first that of no high latent
        preference, then that of one, of G entries each.
    keep, other : chance of staying with an entry that was hit, and the outcome that it is else.
    n_high, n_low, sum_high, sum_low : what each outcome shows.
    """

    rounds: IntArray
    width: IntArray
    shown: IntArray
    entry: IntArray
    keep: FloatArray
    other: IntArray
    n_high: FloatArray
    n_low: FloatArray
    sum_high: FloatArray
    sum_low: FloatArray


def tables_of(rounds: Rounds, size: int) -> Tables:
    """Return the tables for batches of a size.

    Examples
    --------
    >>> from eqsolve import CollusionDynamics
    >>> from eqsolve.families.collusion_dynamics.batches import rounds_of
    >>> market = CollusionDynamics(0.85, {"ratio": 1.5})
    >>> tables = tables_of(rounds_of(market, "one"), 45)
    >>> tables.rounds.tolist(), tables.width.tolist()
    ([19, 19, 7], [1540, 1540, 120])
    """
    kinds = len(rounds.n_high)
    part = 1
    while part < min(size, _ROUNDS) and _entries(part + 1, kinds) <= _ENTRIES:
        part += 1
    whole, rest = divmod(size, part)
    drawn = [part] * whole + [rest] * (rest > 0)
    places: dict[int, tuple[int, int, int]] = {}
    keep: list[FloatArray] = []
    other: list[IntArray] = []
    outcomes: list[Shown] = []
    entries = 0
    for m in dict.fromkeys(drawn):
        laws = laws_given_latents(rounds, m)
        places[m] = len(laws), len(outcomes), entries
        outcomes += laws
        for law in np.array(list(laws.values())).T:
            mine, others = alias_table(law)
            keep.append(mine)
            other.append(others)
            entries += len(mine)
    width, shown, entry = np.array([places[m] for m in drawn]).T.copy()
    n_high, n_low, up, down = zip(*outcomes, strict=True)
    return Tables(
        np.array(drawn), width, shown, entry, np.concatenate(keep), np.concatenate(other),
        np.array(n_high, dtype=np.float64), np.array(n_low, dtype=np.float64),
        np.array([x / rounds.one for x in up]), np.array([x / rounds.one for x in down]),
    )  # fmt: skip


def _entries(size: int, kinds: int) -> int:
    """Return an upper bound for the entries of the tables of so many rounds."""
    return (size + 1) * math.comb(size + kinds - 1, kinds - 1)


def laws_given_latents(rounds: Rounds, size: int) -> dict[Shown, FloatArray]:
    """Return outcome -> its probabilities given 0, 1, ..., `size` high latent preferences."""
    laws: dict[Shown, FloatArray] = {(0, 0, 0, 0): np.ones(1)}
    kinds = list(
        zip(
            rounds.n_high.tolist(), rounds.n_low.tolist(), rounds.sum_high, rounds.sum_low,
            rounds.if_high, rounds.if_low, strict=True,
        )
    )  # fmt: skip
    for m in range(1, size + 1):
        longer: dict[Shown, FloatArray] = {}
        for (a, b, up, down), chances in laws.items():
            for n_high, n_low, more_up, more_down, if_high, if_low in kinds:
                key = a + n_high, b + n_low, up + more_up, down + more_down
                known = longer.setdefault(key, np.zeros(m + 1))
                # The last round has a low latent preference, unless all are high.
                known[:m] += if_low * chances
                known[m] += if_high * chances[-1]
        laws = longer
    return laws


def alias_table(law: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return chances of keeping the entry hit, and the other entry: O(1) draws of a law (G,).

    Notes
    -----
    Source: Walker (1977), in the order of Vose (1991). Cost O(G).

    Examples
    --------
    >>> keep, other = alias_table(np.array([0.5, 0.125, 0.375]))
    >>> keep.tolist(), other.tolist()
    ([1.0, 0.375, 0.5], [0, 2, 0])
    """
    share = (law * (len(law) / law.sum())).tolist()
    keep, other = np.ones(len(law)), np.arange(len(law))
    poor = [g for g, mine in enumerate(share) if mine < 1]
    rich = [g for g, mine in enumerate(share) if mine >= 1]
    while poor and rich:
        low, high = poor.pop(), rich[-1]
        keep[low], other[low] = share[low], high
        share[high] -= 1 - share[low]
        if share[high] < 1:
            poor.append(rich.pop())
    return keep, other
