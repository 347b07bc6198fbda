"""Brute force for trading networks: enumerates matchings and sets; n, m <= 4. Plain Python."""

from __future__ import annotations

from itertools import combinations


def matchings(values, pairs):
    """Yield (weight, matching) for every matching of the pairs, as frozensets of pairs."""
    found = [(0, frozenset())]
    for i, j in sorted(pairs):
        found += [
            (weight + values[i][j], chosen | {(i, j)})
            for weight, chosen in found
            if all(i != a and j != b for a, b in chosen)
        ]
    return found


def welfare(values, pairs):
    """Return the greatest weight of a matching."""
    return max(weight for weight, _ in matchings(values, pairs))


def evaluate(values, known, introduced, rule="greatest", tolerance=1e-12):
    """Return revenue, prices and welfare, from the definitions (BIP-3, BIP-4)."""
    n = len(values)
    m = len(values[0]) if n else 0
    graph = set(known) | set(introduced)
    best = welfare(values, graph)
    if rule == "greatest":
        prices = [best - welfare(values, {e for e in graph if e[1] != j}) for j in range(m)]
    else:
        gains = [best - welfare(values, {e for e in graph if e[0] != i}) for i in range(n)]
        _, some = max(matchings(values, graph), key=lambda entry: entry[0])
        prices = [0] * m
        for i, j in some:
            prices[j] = values[i][j] - gains[i]
    revenue = max(
        sum(prices[j] for i, j in chosen if (i, j) in set(introduced))
        for weight, chosen in matchings(values, graph)
        if weight >= best - tolerance
    )
    return {"revenue": revenue, "prices": prices, "welfare": best}


def best_revenue(values, known, candidates, rule="greatest", most=None, tolerance=1e-12):
    """Return the best revenue over all sets of candidates, and one best set."""
    best, which = 0, ()
    candidates = sorted(candidates)
    sets = (
        [tuple(sorted(chosen)) for _, chosen in matchings(values, candidates)]
        if rule == "greatest"
        else [c for k in range(len(candidates) + 1) for c in combinations(candidates, k)]
    )
    for chosen in sets:
        if most is not None and len(chosen) > most:
            continue
        revenue = evaluate(values, known, chosen, rule, tolerance)["revenue"]
        if revenue > best:
            best, which = revenue, chosen
    return best, which


def best_revenue_of_any_set(values, known, candidates):
    """Return the best revenue over all sets, matchings or not (for REV-1)."""
    candidates = sorted(candidates)
    return max(
        evaluate(values, known, chosen)["revenue"]
        for size in range(len(candidates) + 1)
        for chosen in combinations(candidates, size)
    )
