"""The ledger of steps: who moved the distribution how far, at what divergence, for which payment.

All steps of a text, or one step of many texts, are settled in one go: nothing here is done token by
token. Weights are what agents enter a step with: their bids, or under posterior weights (TOK-11)
``b_j p_j(text so far)``, scaled to the sum of the bids. Bids are divided by the greatest while it
is computed, so that no sum overflows (TOK-13). Cost O(n T) for each step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.aggregation import (
    linear,
    log_linear,
    logarithms,
    mixture,
    normalized_logs,
    without_each,
)
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.payments import (
    critical_bids,
    distances,
    divided,
    excess,
    forward_divergence,
    reverse_divergence,
    second_prices,
)

__all__ = ["Ledger", "aggregates", "posterior_weights", "settle"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened in some steps; shapes ``[...]`` of the steps, ``[..., n]`` by agent.

    Parameters
    ----------
    influence : ``TV(q, q0)``; 0 where nobody else bids.
    divergence : ``KL(p_i || q)`` under linear, ``KL(q || p_i)`` under log-linear aggregation.
    expected_payments : before the draw.
    welfare : minus the divergences, weighted.
    probabilities : of the tokens drawn; empty without any.
    payments : given the tokens drawn; empty without any.
    """

    influence: FloatArray
    divergence: FloatArray
    expected_payments: FloatArray
    welfare: FloatArray
    probabilities: FloatArray
    payments: FloatArray

    @staticmethod
    def joined(parts: list[Ledger]) -> Ledger:
        """Return ledgers of one step after the other as one."""
        return Ledger(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Ledger))
        )


def aggregates(auction: TokenAuction, weights: FloatArray, distributions: FloatArray) -> FloatArray:
    """Return the aggregates, ``[..., T]``; NaN where log-linear ones have no common token."""
    rule = mixture if auction.aggregation == "linear" else log_linear
    return rule(weights, distributions)


def posterior_weights(bids: FloatArray, log_seen: FloatArray) -> FloatArray:
    """Return ``b_j p_j(text so far)`` scaled to the sum of the bids, ``[..., n]``.

    `log_seen` holds the logarithms of ``p_j(text so far)``.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(bids) + log_seen
    shifted = np.exp(logs - logs.max(axis=-1, keepdims=True))
    found: FloatArray = bids.sum() * shifted / shifted.sum(axis=-1, keepdims=True)
    return found


def settle(
    auction: TokenAuction,
    weights: FloatArray,
    distributions: FloatArray,
    tokens: IntArray | None = None,
    *,
    payment: str = "",
) -> Ledger:
    """Return the ledger of steps.

    Parameters
    ----------
    auction : rule, payment and bids.
    weights : shape ``[..., n]``, of all that are heard.
    distributions : shape ``[..., n, T]``.
    tokens : the tokens drawn, ``[...]``; None: no draw.
    payment : another rule than the auction's.
    """
    bids = auction.all_bids
    scale = bids.max()
    bids, weights = bids / scale, np.broadcast_to(weights / scale, distributions.shape[:-1])
    find = _linear if auction.aggregation == "linear" else _log_linear
    found = find(payment or auction.payment, bids, weights, distributions, tokens)
    n = auction.n_agents
    return Ledger(
        influence=found.influence[..., :n],
        divergence=found.divergence[..., :n],
        expected_payments=found.expected_payments[..., :n] * scale,
        welfare=found.welfare * scale,
        probabilities=found.probabilities,
        payments=found.payments[..., :n] * scale,
    )


def _linear(
    payment: str,
    bids: FloatArray,
    weights: FloatArray,
    distributions: FloatArray,
    tokens: IntArray | None,
) -> Ledger:
    """Return the ledger under linear aggregation."""
    q = mixture(weights, distributions)
    rest = without_each(weights, axis=-1)
    total = weights.sum(axis=-1, keepdims=True)
    distance = distances(weights, distributions, q)
    divergence = _divergence(distributions, q[..., None, :])
    chance = _at(q, tokens)
    expected = np.zeros(weights.shape)
    given = expected if tokens is not None else np.empty(0)
    if payment == "vcg":
        _, without = linear(weights, distributions)
        expected = rest * forward_divergence(np.nan_to_num(without), q[..., None, :])
        expected = np.where((rest > 0) & (weights > 0), expected, 0.0)
        given = expected if tokens is not None else given
    elif payment == "second_price":
        # One's own bid counts c times in the weights, so the others' count 1 / c in one's own.
        own = divided(rest * bids, weights)
        expected = second_prices(bids, own, distance)
        if tokens is not None:
            over = excess(weights, distributions, q, tokens)
            given = critical_bids(bids, own, over, chance[..., None])
    return Ledger(
        influence=distance * weights / total,
        divergence=divergence,
        expected_payments=expected,
        welfare=_welfare(weights, divergence),
        probabilities=chance,
        payments=given,
    )


def _log_linear(
    payment: str,
    bids: FloatArray,
    weights: FloatArray,
    distributions: FloatArray,
    tokens: IntArray | None,
) -> Ledger:
    """Return the ledger under log-linear aggregation, whose only payment is VCG."""
    terms = logarithms(weights, distributions)
    rest = without_each(weights, axis=-1)
    log_q = normalized_logs(terms.sum(axis=-2) / weights.sum(axis=-1)[..., None])[..., None, :]
    q = np.exp(log_q)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_q0 = normalized_logs(without_each(terms) / rest[..., None])
    moving = (rest > 0) & (weights > 0)
    log_q0 = np.where(moving[..., None], log_q0, log_q)
    with np.errstate(invalid="ignore"):
        moved = np.where(log_q0 > -np.inf, np.abs(np.expm1(log_q - log_q0)), 0.0)
    influence = (np.exp(log_q0) * moved).sum(axis=-1) / 2
    divergence = _divergence(np.broadcast_to(q, distributions.shape), distributions)
    expected = np.zeros(weights.shape)
    if payment == "vcg":
        expected = rest * reverse_divergence(np.broadcast_to(log_q, log_q0.shape), log_q0)
    return Ledger(
        influence=influence,
        divergence=divergence,
        expected_payments=expected,
        welfare=_welfare(weights, divergence),
        probabilities=_at(q[..., 0, :], tokens),
        payments=expected if tokens is not None else np.empty(0),
    )


def _divergence(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return ``KL(x || y)`` along the last axis, infinite where y lacks what x holds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(x > 0, x * (np.log(x) - np.log(y)), 0.0)
    found: FloatArray = np.maximum(terms.sum(axis=-1), 0.0)
    return found


def _welfare(weights: FloatArray, divergence: FloatArray) -> FloatArray:
    """Return minus the weighted divergences of those with positive weight."""
    counted = np.where(weights > 0, divergence, 0.0)
    found: FloatArray = 0.0 - (weights * counted).sum(axis=-1)
    return found


def _at(q: FloatArray, tokens: IntArray | None) -> FloatArray:
    """Return the probabilities of tokens, nothing without any."""
    if tokens is None:
        return np.empty(0)
    return np.take_along_axis(q, tokens[..., None], axis=-1)[..., 0]
