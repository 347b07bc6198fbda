"""Whether raising a bid always moves the aggregate towards the bidder.

Linear aggregation: always (TOK-3). Log-linear aggregation against one opponent: with
``l_t = log(p(t) / q0(t))`` and E_w the mean under ``q ~ q0 exp(w l)``, token t rises while
``l_t > E_w``, and E_w rises from ``-KL(q0 || p)`` to ``KL(p || q0)``: t turns, once, iff l_t lies
between these (TOK-14). Where the supports differ, the common tokens share the rest's probability at
once, which is monotone only if the two agree on them. Against several opponents q0 runs through a
continuum; pairs are decided, and more than two agents only where a pair refutes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.token_auction.aggregation import log_linear
from eqsolve.families.token_auction.instance import TokenAuction

__all__ = ["Monotonicity", "Witness", "is_monotone", "turning_share"]

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Witness:
    """A bid that moves a token's probability away from the bidder's, or past it.

    Parameters
    ----------
    agent, opponent : whose bids are raised, and against whom (bid 1).
    token : whose probability goes astray.
    bids : the agent's two bids, rising.
    probabilities : of the token at these bids.
    target : the agent's own probability of the token.

    Notes
    -----
    Source: TOK-3.

    Examples
    --------
    >>> witness = is_monotone("log_linear", [[0.25, 0.25, 0.5], [0.25, 0.5, 0.25]]).witness
    >>> witness.token, witness.bids, [round(p, 4) for p in witness.probabilities]
    (0, (0.0, 1.0), [0.25, 0.2612])
    """

    agent: int
    opponent: int
    token: int
    bids: tuple[float, float]
    probabilities: tuple[float, float]
    target: float


@dataclass(frozen=True, slots=True)
class Monotonicity:
    """Whether an aggregation is monotone for some distributions.

    Parameters
    ----------
    holds : True or False; None where no pair of agents refutes it, and more than pairs bid.
    argument : why.
    witness : where it fails; None else.

    Notes
    -----
    Source: TOK-3, TOK-14.

    Examples
    --------
    >>> is_monotone("linear", [[0.25, 0.75], [1, 0]]).holds
    True
    """

    holds: bool | None
    argument: str
    witness: Witness | None = None

    def __bool__(self) -> bool:
        return self.holds is True


def is_monotone(rule: str, distributions: object) -> Monotonicity:
    """Return whether raising a bid moves every token's probability towards the bidder's.

    Parameters
    ----------
    rule : ``"linear"`` or ``"log_linear"``.
    distributions : n x T.

    Returns
    -------
    found : with a proof in words, or with the first witness: lowest agent, opponent and token.

    Raises
    ------
    InstanceError : with every fault.

    Notes
    -----
    Cost O(n n T). Source: TOK-3, TOK-14.

    Examples
    --------
    >>> is_monotone("log_linear", [[0.25, 0.75], [0.5, 0.5]]).argument
    'no token turns against any opponent (TOK-14)'
    """
    n = len(np.atleast_1d(np.asarray(distributions, dtype=object)))
    auction = TokenAuction(np.ones(n), distributions, payment="none")
    table = auction.distributions
    assert table is not None
    TokenAuction([1], [[1.0]], aggregation=rule, payment="none")  # an unknown rule is refused
    if rule == "linear":
        return Monotonicity(True, "every coordinate moves in a straight line (TOK-3)")
    for i in range(n):
        for j in range(n):
            found = None if i == j else _refuted(table[i], table[j], i, j)
            if found is not None:
                return Monotonicity(False, "a token goes astray (TOK-14)", found)
    if n > 2:
        return Monotonicity(None, "no pair of agents refutes it; three or more are not decided")
    return Monotonicity(True, "no token turns against any opponent (TOK-14)")


def turning_share(p: FloatArray, q0: FloatArray, token: int) -> float | None:
    """Return the share w of all bids at which a token turns, None if it does not inside (0, 1).

    Parameters
    ----------
    p, q0 : with the same support, which holds `token`.
    token : its number.
    """
    inside = (p > 0) & (q0 > 0)
    logs = np.log(p[inside] / q0[inside])
    wanted = float(np.log(p[token] / q0[token]))
    spread = max(1.0, float(np.abs(logs).max()))
    first, last = float(q0[inside] @ logs), float(p[inside] @ logs)
    if not first + _ROUNDING * spread < wanted < last - _ROUNDING * spread:
        return None
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        powers = q0[inside] * np.exp(middle * (logs - logs.max()))
        mean = float(powers @ logs / powers.sum())
        low, high = (middle, high) if mean < wanted else (low, middle)
    return (low + high) / 2


def _refuted(p: FloatArray, q0: FloatArray, agent: int, opponent: int) -> Witness | None:
    """Return a witness of agent against opponent, or None."""
    common = (p > 0) & (q0 > 0)
    if not common.any():
        return None  # with both bids positive there is no aggregate
    if (common == (p > 0)).all() and (common == (q0 > 0)).all():
        for token in np.flatnonzero(common).tolist():
            share = turning_share(p, q0, token)
            if share is not None:
                bid = 1.0 if _strays(p, q0, token, 1.0) else share / (1 - share)
                if _strays(p, q0, token, bid):
                    return _witness(p, q0, agent, opponent, token, bid)
        return None
    for token in np.flatnonzero(common).tolist():
        for bid in 2.0 ** np.arange(-20, 21):
            if _strays(p, q0, token, float(bid)):
                return _witness(p, q0, agent, opponent, token, float(bid))
    return None


def _probability(p: FloatArray, q0: FloatArray, token: int, bid: float) -> float:
    """Return a token's probability at a bid against 1."""
    return float(log_linear(np.array([bid, 1.0]), np.stack([p, q0]))[token])


def _strays(p: FloatArray, q0: FloatArray, token: int, bid: float) -> bool:
    """Return whether a token's probability leaves the way from q0 to p."""
    here = _probability(p, q0, token, bid)
    low, high = min(p[token], q0[token]), max(p[token], q0[token])
    return bool(here < low - _ROUNDING or here > high + _ROUNDING)


def _witness(
    p: FloatArray, q0: FloatArray, agent: int, opponent: int, token: int, bid: float
) -> Witness:
    """Return the witness of a bid that strays, as against none."""
    there = _probability(p, q0, token, bid)
    return Witness(agent, opponent, token, (0.0, bid), (float(q0[token]), there), float(p[token]))
