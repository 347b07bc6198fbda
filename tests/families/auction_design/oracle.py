"""Brute force on small designs, in plain Python: shares nothing with the package."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import linprog


def value(said: dict[str, Any], bundle: int) -> float:
    """Return what a bundle (bits) is worth to a type as files say it."""
    if "values" in said:
        return float(said["values"][bundle])
    if "bids" in said:
        inside = [p for items, p in said["bids"] if all(bundle >> j & 1 for j in items)]
        return float(max(inside, default=0))
    key = "additive" if "additive" in said else "unit_demand"
    held = [float(v) for j, v in enumerate(said[key]) if bundle >> j & 1]
    return sum(held) if key == "additive" else max(held, default=0.0)


def types_of(bidder: dict[str, Any]) -> tuple[list[dict[str, Any]], list[float]]:
    """Return types of positive probability and their probabilities."""
    total = sum(entry["probability"] for entry in bidder["types"])
    alive = [entry for entry in bidder["types"] if entry["probability"] > 0]
    return alive, [entry["probability"] / total for entry in alive]


def menu_revenue(
    m: int, bidder: dict[str, Any], menu: list[tuple[dict[int, float], float]]
) -> float:
    """Return what a menu of (lottery over bundles, price) earns; ties to the seller."""
    types, shares = types_of(bidder)
    total = 0.0
    for said, share in zip(types, shares, strict=True):
        best = [(0.0, 0.0)]
        for lottery, price in menu:
            worth = sum(chance * value(said, b) for b, chance in lottery.items())
            best.append((worth - price, price))
        top = max(utility for utility, _ in best)
        total += share * max(price for utility, price in best if utility >= top - 1e-9)
    return total


def best_deterministic(m: int, bidder: dict[str, Any]) -> float:
    """Return the best revenue of prices for bundles, over all ways to give bundles to types."""
    types, shares = types_of(bidder)
    best = 0.0
    for way in product(range(1 << m), repeat=len(types)):
        prices = [value(said, b) for said, b in zip(types, way, strict=True)]
        for _ in range(len(types) + 1):
            prices = [
                min(
                    [prices[t]]
                    + [prices[s] + value(types[t], way[t]) - value(types[t], way[s])
                       for s in range(len(types))]
                )
                for t in range(len(types))
            ]  # fmt: skip
        possible = all(
            value(types[t], way[t]) - prices[t] >= value(types[t], way[s]) - prices[s] - 1e-9
            for t in range(len(types))
            for s in range(len(types))
        )
        if possible:
            best = max(best, sum(f * p for f, p in zip(shares, prices, strict=True)))
    return best


def best_lottery(m: int, bidder: dict[str, Any]) -> float:
    """Return the best revenue of lotteries, by a dense program over all bundles."""
    types, shares = types_of(bidder)
    count, bundles = len(types), 1 << m
    width = count * bundles + count
    rows, right = [], []
    for t in range(count):
        for s in range(count):
            row = np.zeros(width)
            for b in range(bundles):
                row[s * bundles + b] += value(types[t], b)
                row[t * bundles + b] -= value(types[t], b)
            row[count * bundles + s] -= 1
            row[count * bundles + t] += 1
            rows.append(row)
            right.append(0.0)
        row = np.zeros(width)
        for b in range(bundles):
            row[t * bundles + b] = -value(types[t], b)
        row[count * bundles + t] = 1
        rows.append(row)
        right.append(0.0)
    equal = np.zeros((count, width))
    for t in range(count):
        equal[t, t * bundles : (t + 1) * bundles] = 1
    found = linprog(
        np.concatenate([np.zeros(count * bundles), -np.array(shares)]),
        A_ub=np.array(rows), b_ub=right, A_eq=equal, b_eq=np.ones(count),
        bounds=[(0, None)] * (count * bundles) + [(None, None)] * count, method="highs",
    )  # fmt: skip
    return -float(found.fun)


def best_auction(m: int, bidders: list[dict[str, Any]], ic: str) -> float:
    """Return the best revenue of direct mechanisms, by a dense program over all allocations."""
    sides = [types_of(bidder) for bidder in bidders]
    n = len(bidders)
    profiles = list(product(*(range(len(types)) for types, _ in sides)))
    ways = list(product(range(-1, n), repeat=m))
    bundles = [[sum(1 << j for j, i in enumerate(way) if i == k) for k in range(n)] for way in ways]
    width = len(profiles) * (len(ways) + n)

    def x(p: int, a: int) -> int:
        return p * (len(ways) + n) + a

    def pay(p: int, i: int) -> int:
        return p * (len(ways) + n) + len(ways) + i

    chance = [
        float(np.prod([sides[i][1][t] for i, t in enumerate(profile)])) for profile in profiles
    ]
    place = {profile: p for p, profile in enumerate(profiles)}
    rows = []
    for i in range(n):
        others = list(product(*(range(len(t)) for k, (t, _) in enumerate(sides) if k != i)))
        groups = [others] if ic == "bic" else [[other] for other in others]
        for group in groups:
            for t, s in product(range(len(sides[i][0])), repeat=2):
                lie, part = np.zeros(width), np.zeros(width)
                for other in group:
                    rest = [k for k in range(n) if k != i]
                    weight = float(
                        np.prod([sides[k][1][o] for k, o in zip(rest, other, strict=True)])
                    )
                    truth = place[(*other[:i], t, *other[i:])]
                    false = place[(*other[:i], s, *other[i:])]
                    for a in range(len(ways)):
                        worth = value(sides[i][0][t], bundles[a][i])
                        lie[x(false, a)] += weight * worth
                        lie[x(truth, a)] -= weight * worth
                        part[x(truth, a)] -= weight * worth
                    lie[pay(false, i)] -= weight
                    lie[pay(truth, i)] += weight
                    part[pay(truth, i)] += weight
                rows += [lie, part]
    equal = np.zeros((len(profiles), width))
    cost = np.zeros(width)
    for p in range(len(profiles)):
        for a in range(len(ways)):
            equal[p, x(p, a)] = 1
        for i in range(n):
            cost[pay(p, i)] = -chance[p]
    bounds = [(0, None) if k % (len(ways) + n) < len(ways) else (None, None) for k in range(width)]
    found = linprog(
        cost,
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=equal,
        b_eq=np.ones(len(profiles)),
        bounds=bounds,
        method="highs",
    )
    return -float(found.fun)


def best_bundles_in_turn(m: int, bidders: list[dict[str, Any]]) -> float:
    """Return the best revenue of bundles for prices, bidder by bidder, over all ways in all states.

    What a bidder is given is a bundle of what is left for each type; the greatest prices at which
    nobody prefers another type's are found by shortest paths.
    """
    if not bidders:
        return 0.0
    known: dict[tuple[int, int], float] = {}

    def best(i: int, left: int) -> float:
        """Return what bidders i, i + 1, ... pay at most when these items (bits) are left."""
        if i == len(bidders):
            return 0.0
        if (i, left) not in known:
            types, shares = types_of(bidders[i])
            found = 0.0
            inside = [b for b in range(1 << m) if b & ~left == 0]
            for way in product(inside, repeat=len(types)):
                prices = [value(said, b) for said, b in zip(types, way, strict=True)]
                for _ in types:
                    prices = [
                        min(
                            prices[s] + value(said, own) - value(said, other)
                            for s, other in enumerate(way)
                        )
                        for said, own in zip(types, way, strict=True)
                    ]
                possible = all(
                    value(said, own) - price >= value(said, other) - paid - 1e-9
                    for said, own, price in zip(types, way, prices, strict=True)
                    for other, paid in [*zip(way, prices, strict=True), (0, 0.0)]
                )
                if possible:
                    earned = sum(
                        share * (price + best(i + 1, left & ~own))
                        for share, price, own in zip(shares, prices, way, strict=True)
                    )
                    found = max(found, earned)
            known[i, left] = found
        return known[i, left]

    return best(0, (1 << m) - 1)
