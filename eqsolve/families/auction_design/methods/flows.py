"""Flows between types, read off the duals of incentive rows, and the bound that they prove (MEC-5).

``flows[t, s]`` says how strongly the row "t does not call itself s" binds. With
``mu[t] = f[t] + inflow - outflow >= 0`` no mechanism earns more than the expectation of the
greatest sum of virtual values ``(v_t(S) (f[t] + inflow) - sum_s flows[s, t] v_s(S)) / f[t]``.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_design.methods.columns import Columns

__all__ = ["balanced", "flow_bound", "spread_over"]


def balanced(flows: FloatArray, weights: FloatArray) -> FloatArray:
    """Return flows made fit to prove a bound: none below 0, no type giving more than it has.

    Parameters
    ----------
    flows : shape (T, T), duals up to the tolerance of a solver.
    weights : shape (T,), probabilities.
    """
    found: FloatArray = np.maximum(flows, 0.0)
    np.fill_diagonal(found, 0.0)
    for _ in range(200):
        has, gives = weights + found.sum(axis=0), found.sum(axis=1)
        if (gives <= has).all():
            return found
        found *= np.where(gives > has, has * (1 - 1e-15) / np.maximum(gives, 1e-300), 1.0)[:, None]
    return np.zeros_like(found)


def flow_bound(columns: Columns, flows: FloatArray, worth: FloatArray | float = 0.0) -> float:
    """Return the bound that flows between the types of one bidder prove.

    Parameters
    ----------
    worth : shape (A,), at least what the seller earns later after each atom, less what after
        nothing; the larger the bundle, the smaller.

    For a type, giving it less than an atom helps nobody else less: only atoms need a look (MEC-4).
    """
    has = columns.weights + flows.sum(axis=0)
    owner = columns.owner
    virtual = columns.own * has[owner]
    virtual -= (flows[:, owner] * columns.values).sum(axis=0)
    virtual += columns.weights[owner] * worth
    gains = np.maximum(virtual, 0.0)
    if columns.each:
        return float(gains.sum())
    best = np.zeros(len(columns.weights))
    np.maximum.at(best, owner, gains)
    return float(best.sum())


def spread_over(flows: FloatArray, weights: FloatArray, place: IntArray) -> FloatArray:
    """Return flows between all types of a law, where those of one place share what it has.

    Parameters
    ----------
    flows : shape (T, T), between merged types.
    weights : of all types of the law, normalized.
    place : the merged type of each, -1 for probability 0, which has no flows.
    """
    alive = np.flatnonzero(place >= 0)
    merged = np.bincount(place[alive], weights=weights[alive], minlength=len(flows))
    part = np.zeros(len(place))
    part[alive] = weights[alive] / merged[place[alive]]
    found = np.zeros((len(place), len(place)))
    found[np.ix_(alive, alive)] = flows[np.ix_(place[alive], place[alive])]
    return found * part[:, None] * part
