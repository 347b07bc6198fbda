"""Token auctions by definition, slowly: plain loops over tokens, agents and texts, in floats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

Row = Sequence[float]


def aggregate(rule: str, bids: Row, rows: Sequence[Row]) -> list[float]:
    """Return the mixture, or the normalized product of those who bid."""
    total = sum(bids)
    size = len(rows[0])
    if rule == "linear":
        return [sum(b * p[t] for b, p in zip(bids, rows, strict=True)) / total for t in range(size)]
    powers = [
        math.prod(p[t] ** (b / total) for b, p in zip(bids, rows, strict=True) if b > 0)
        for t in range(size)
    ]
    return [power / sum(powers) for power in powers]


def variation(x: Row, y: Row) -> float:
    return sum(abs(a - b) for a, b in zip(x, y, strict=True)) / 2


def divergence(x: Row, y: Row) -> float:
    if any(a > 0 and b == 0 for a, b in zip(x, y, strict=True)):
        return math.inf
    return sum(a * math.log(a / b) for a, b in zip(x, y, strict=True) if a > 0)


def without(agent: int, rule: str, bids: Row, rows: Sequence[Row]) -> list[float] | None:
    """Return the aggregate without an agent, None where nobody else bids."""
    others = [0.0 if i == agent else b for i, b in enumerate(bids)]
    return aggregate(rule, others, rows) if any(others) else None


def second_price(agent: int, bids: Row, rows: Sequence[Row], cuts: int = 4000) -> float:
    """Return the integral of TV(q(b), q(x)) over the own bid x, by the midpoint rule."""
    if without(agent, "linear", bids, rows) is None or bids[agent] == 0:
        return 0.0
    q = aggregate("linear", bids, rows)
    total = 0.0
    for k in range(cuts):
        moved = list(bids)
        moved[agent] = bids[agent] * (k + 0.5) / cuts
        total += variation(q, aggregate("linear", moved, rows)) * bids[agent] / cuts
    return total


def critical(agent: int, token: int, bids: Row, rows: Sequence[Row], cuts: int = 4000) -> float:
    """Return the expected critical bid given a token: where its probability was gained."""
    if without(agent, "linear", bids, rows) is None or bids[agent] == 0:
        return 0.0
    q = aggregate("linear", bids, rows)
    total = 0.0
    for k in range(cuts):
        ends = []
        for x in (k, k + 1):
            moved = list(bids)
            moved[agent] = max(bids[agent] * x / cuts, 1e-300)
            ends.append(aggregate("linear", moved, rows)[token])
        gained = max(ends[1] - ends[0], 0.0)
        total += bids[agent] * (k + 0.5) / cuts * gained
    return total / q[token]


def externality(agent: int, rule: str, bids: Row, rows: Sequence[Row]) -> float:
    """Return what the others lose by an agent."""
    q0 = without(agent, rule, bids, rows)
    if q0 is None:
        return 0.0
    q = aggregate(rule, bids, rows)
    lost = 0.0
    for j, (bid, p) in enumerate(zip(bids, rows, strict=True)):
        if j == agent or bid == 0:
            continue
        pairs = ((p, q), (p, q0)) if rule == "linear" else ((q, p), (q0, p))
        lost += bid * (divergence(*pairs[0]) - divergence(*pairs[1]))
    return lost


def ngram(
    text: Sequence[Any], context: Sequence[Any], order: int, vocabulary: Sequence[Any]
) -> Any:
    """Return the Witten-Bell distribution after a context, by counting all over again."""
    found = dict.fromkeys(vocabulary, 1 / len(vocabulary))
    for k in range(order):
        if k > len(context):
            break
        last = list(context[len(context) - k :])
        followers = [text[i] for i in range(k, len(text)) if list(text[i - k : i]) == last]
        if not followers:
            break
        kinds = len(set(followers))
        found = {
            w: (followers.count(w) + kinds * p) / (len(followers) + kinds) for w, p in found.items()
        }
    return [found[w] for w in vocabulary]


def chain(model: dict[str, Any], text: Sequence[int]) -> list[float]:
    """Return what a Markov model says after a text."""
    rows = model["markov"]
    return rows["next"][text[-1]] if text else rows["start"]


def steps(auction: Any, models: Sequence[Any], text: Sequence[int]) -> tuple[list[float], Any]:
    """Return weights and distributions of the step after a text."""
    bids = [float(b) / float(max(auction.bids)) for b in auction.bids]
    rows = [chain(model, text) for model in models]
    if auction.weights == "posterior":
        seen = [
            math.prod(chain(model, text[:k])[text[k]] for k in range(len(text))) for model in models
        ]
        raw = [b * s for b, s in zip(bids, seen, strict=True)]
        bids = [sum(bids) * r / sum(raw) for r in raw]
    return bids, rows


def texts(auction: Any, models: Sequence[Any]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield every prefix at which a token is drawn, and its probability."""
    size = len(models[0]["markov"]["start"])
    for length in range(auction.length):
        for text in product(range(size), repeat=length):
            if auction.stop_token in text:
                continue
            chance = 1.0
            for k in range(length):
                if chance == 0:
                    break
                weights, rows = steps(auction, models, text[:k])
                chance *= aggregate(auction.aggregation, weights, rows)[text[k]]
            if chance > 0:
                yield text, chance
