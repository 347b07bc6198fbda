"""Aggregates, distances and payments of steps from their definitions, never from closed forms.

Second prices are integrals over the agent's own bid of how far the aggregate still moves, by
Gauss-Legendre on a logarithmic scale; VCG payments are what the others lose by the agent. Arrays
have the axes step, agent, token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["Steps", "aggregate", "divergence"]

_NODES, _SHARES = np.polynomial.legendre.leggauss(16)
_PANEL = 6.0


def aggregate(rule: str, weights: FloatArray, said: FloatArray) -> FloatArray:
    """Return the aggregate of each step, shape (K, T).

    Parameters
    ----------
    rule : ``"linear"`` or ``"log_linear"``.
    weights : shape (K, n); all 0 in a step: NaN.
    said : shape (K, n, T).
    """
    total = weights.sum(axis=1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule == "linear":
            mixed: FloatArray = np.einsum("ki,kit->kt", weights, said) / total
            return mixed
        found = np.ones((len(said), said.shape[2]))
        for i in range(said.shape[1]):
            share = weights[:, i, None] / total
            found = found * np.where(share > 0, said[:, i] ** share, 1.0)
        product: FloatArray = found / found.sum(axis=1)[:, None]
        return product


def divergence(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return ``KL(x || y)`` along the last axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(x > 0, x * (np.log(x) - np.log(y)), 0.0)
    found: FloatArray = terms.sum(axis=-1)
    return found


@dataclass(frozen=True, slots=True)
class Steps:
    """Some steps as the definition sees them.

    Parameters
    ----------
    rule, payment : of the auction.
    bids : shape (n,), of all that are heard.
    weights : shape (K, n), with which they enter; the bids, or more and less than these.
    said : shape (K, n, T).
    """

    rule: str
    payment: str
    bids: FloatArray
    weights: FloatArray
    said: FloatArray

    @property
    def q(self) -> FloatArray:
        """The aggregates, (K, T)."""
        return aggregate(self.rule, self.weights, self.said)

    def without(self, agent: int) -> FloatArray:
        """Return the aggregates without an agent; the aggregates where nobody else is heard."""
        weights = self.weights.copy()
        weights[:, agent] = 0.0
        alone = ~(weights > 0).any(axis=1)
        found = aggregate(self.rule, weights, self.said)
        found[alone] = self.q[alone]
        return found

    def influence(self, agent: int) -> FloatArray:
        """Return ``TV(q, q0)`` of each step."""
        found: FloatArray = np.abs(self.q - self.without(agent)).sum(axis=1) / 2
        return found

    def divergence(self, agent: int) -> FloatArray:
        """Return the divergence of agent and aggregate."""
        pair = (self.said[:, agent], self.q)
        return divergence(*pair) if self.rule == "linear" else divergence(*reversed(pair))

    def welfare(self) -> FloatArray:
        """Return minus the weighted divergences of all that are heard."""
        total = np.zeros(len(self.said))
        for i in range(self.said.shape[1]):
            heard = self.weights[:, i] > 0
            total[heard] -= self.weights[heard, i] * self.divergence(i)[heard]
        return total

    def payments(self, agent: int, tokens: IntArray | None) -> tuple[FloatArray, FloatArray]:
        """Return an agent's expected payments, and those given the tokens that were drawn."""
        nothing = np.zeros(len(self.said))
        if self.payment == "none":
            return nothing, nothing
        if self.payment == "vcg":
            lost = self._externality(agent)
            return lost, lost
        return self._second_price(agent, tokens)

    def _externality(self, agent: int) -> FloatArray:
        """Return what the others lose by the agent."""
        q, q0 = self.q, self.without(agent)
        lost = np.zeros(len(q))
        for j in range(self.said.shape[1]):
            p, weight = self.said[:, j], self.weights[:, j]
            if j == agent:
                continue
            with_it, without = (p, q), (p, q0)
            if self.rule == "log_linear":
                with_it, without = (q, p), (q0, p)
            with np.errstate(invalid="ignore"):
                more = divergence(*with_it) - divergence(*without)
            lost += weight * np.where(weight > 0, more, 0.0)
        return lost

    def _second_price(self, agent: int, tokens: IntArray | None) -> tuple[FloatArray, FloatArray]:
        """Return integrals over the bid x of ``TV(q, q(x))`` and of what the token still gains."""
        own = self.weights[:, agent]
        rest = np.delete(self.weights, agent, axis=1).sum(axis=1)
        expected, given = np.zeros(len(own)), np.zeros(len(own))
        opposed = (rest > 0) & (own > 0)
        if not opposed.any():
            return expected, given
        own, rest = own[opposed], rest[opposed]
        p, q0, q = self.said[opposed, agent], self.without(agent)[opposed], self.q[opposed]
        end = np.log(own + rest) - np.log(rest)
        panels = max(1, int(np.ceil(end.max() / _PANEL)))
        at = None if tokens is None else tokens[opposed][:, None]
        width = end / panels
        unit = self.bids[agent] / own  # bids in the place of weights
        moved, gained = np.zeros(len(own)), np.zeros(len(own))
        for panel in range(panels):
            for node, share in zip(_NODES, _SHARES, strict=True):
                y = width * (panel + (node + 1) / 2)
                x = np.where(
                    y < 1, rest * np.expm1(np.minimum(y, 1.0)), np.exp(y + np.log(rest)) - rest
                )
                here = (x / (x + rest))[:, None] * p + (rest / (x + rest))[:, None] * q0
                step = share * width / 2 * (x + rest) * unit
                moved += step * np.abs(q - here).sum(axis=1) / 2
                if at is not None:
                    more = np.take_along_axis(q - here, at, axis=1)[:, 0]
                    gained += step * np.maximum(more, 0.0)
        expected[opposed] = moved
        if at is not None:
            with np.errstate(invalid="ignore", divide="ignore"):  # of a token that is never drawn
                given[opposed] = gained / np.take_along_axis(q, at, axis=1)[:, 0]
        return expected, given
