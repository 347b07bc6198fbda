"""Do direct mechanisms make truth best, and does nobody lose? Every misreport is tried (MEC-6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism

__all__ = ["Misreport", "misreports"]


class Misreport(NamedTuple):
    """The most that a bidder gains by a lie, and the least utility that truth brings.

    Parameters
    ----------
    bidder, truth, report : who, of which type, says which.
    others : what the others say; None: on average over their types.
    gain : of the lie.
    least : lowest utility of truth of this bidder.
    poorest : the type that has it.
    """

    bidder: int
    truth: int
    report: int
    others: tuple[int, ...] | None
    gain: float
    least: float
    poorest: int

    @property
    def words(self) -> str:
        """Who lies how, and what it brings."""
        when = " on average"
        if self.others is not None:
            when = f" when the others are of types {list(self.others)}" if self.others else ""
        return (
            f"bidder {self.bidder} of type {self.truth} gains {self.gain:g}{when} by reporting "
            f"type {self.report}"
        )


def misreports(
    mechanism: DirectMechanism, design: AuctionDesign, poll: Callable[[], None]
) -> list[Misreport]:
    """Return the best lie of every bidder, by the incentives that the mechanism claims.

    Parameters
    ----------
    mechanism : lists every profile of types of positive probability.
    """
    laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
    return [_of_bidder(mechanism, laws, i, poll) for i in range(len(laws))]


def _of_bidder(
    mechanism: DirectMechanism, laws: list[FiniteLaw], i: int, poll: Callable[[], None]
) -> Misreport:
    """Return the best lie of one bidder."""
    law, n_profiles = laws[i], len(mechanism.profiles)
    types, count = law.valuations, law.n_types
    # What each listed profile gives bidder i, to every type it may truly have.
    owned = mechanism.owners == i
    held, place = np.unique(owned, axis=0, return_inverse=True)
    worth = types.of(held)[:, place.ravel()] if len(held) else np.zeros((count, 0))
    of_atom = np.repeat(np.arange(n_profiles), np.diff(mechanism.atoms))
    gets = np.zeros((count, n_profiles))
    for t in range(count):
        np.add.at(gets[t], of_atom, worth[t] * mechanism.chances)
    gets -= mechanism.payments[:, i]
    said = mechanism.profiles[:, i]
    alive = np.flatnonzero(law.probabilities > 0)
    others = np.delete(mechanism.profiles, i, axis=1)
    contexts, context = np.unique(others, axis=0, return_inverse=True)
    context = context.ravel()
    table = np.full((len(contexts), count, count), np.nan)  # [context, truth, report]
    table[context[:, None], np.arange(count)[None, :], said[:, None]] = gets.T
    if mechanism.ic == "bic":
        chances = np.ones(len(contexts))
        rest = [law.probabilities for j, law in enumerate(laws) if j != i]
        for j, share in enumerate(rest):
            chances *= share[contexts[:, j]]
        table = np.tensordot(chances, table, axes=1)[None]
    best: Misreport | None = None
    least, poorest = np.inf, 0
    for k in range(len(table)):
        poll()
        part: FloatArray = table[k][np.ix_(alive, alive)]
        honest = np.diag(part)
        if honest.min() < least:
            least, poorest = float(honest.min()), int(alive[honest.argmin()])
        gains = part - honest[:, None]
        t, s = (int(x) for x in np.unravel_index(int(gains.argmax()), gains.shape))
        if best is None or gains[t, s] > best.gain:
            when = None if mechanism.ic == "bic" else tuple(int(x) for x in contexts[k])
            best = Misreport(i, int(alive[t]), int(alive[s]), when, float(gains[t, s]), 0.0, 0)
    assert best is not None
    return best._replace(least=least, poorest=poorest)
