"""How token auctions and their results are shown: facts, tables and one sentence."""

from __future__ import annotations

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.core.text import counted
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.solution import TokenSolution

__all__ = ["facts", "headline", "tables"]

_RULES = {"second_price": "second price", "vcg": "VCG", "none": "none"}


def facts(instance: TokenAuction) -> dict[str, str]:
    """Return a few lines about an auction."""
    lines = {"agents": str(instance.n_agents)}
    if instance.n_tokens:
        lines["tokens"] = str(instance.n_tokens)
    bids = instance.bids.astype(np.float64)
    lines["bids"] = f"{number(float(bids.min()))} to {number(float(bids.max()))}"
    rule = instance.aggregation.replace("_", "-")
    lines["rule"] = f"{rule} aggregation, {_RULES[instance.payment]} payments"
    if instance.models:
        lines["models"] = ", ".join(dict.fromkeys(model.source.word for model in instance.models))
        lines["length"] = f"up to {instance.length}, {instance.weights} weights"
    if instance.has_reserve:
        lines["reserve"] = f"bids {number(instance.reserve_bid)}"
    return lines


def headline(instance: TokenAuction, result: Result[TokenSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "nothing was found before the run was stopped"
    if solution.aggregate is not None:
        likely = int(solution.aggregate.argmax())
        chance = number(float(solution.aggregate[likely]))
        expected = number(float(solution.expected_payments.sum()))
        return f"{instance.token(likely)!r} is likeliest with {chance}, expected revenue {expected}"
    text = solution.text if len(solution.text) <= 60 else solution.text[:57] + "..."
    words = f"{counted(len(solution.tokens), 'token')}, revenue {number(solution.revenue)}"
    return f"{words}: {text!r}" if text else words


def tables(instance: TokenAuction, result: Result[TokenSolution]) -> list[Table]:
    """Return who pays what, and the ledger by step."""
    solution = result.solution
    if solution is None:
        return []
    bids = instance.bids.tolist()
    names = [instance.label("agents", i) for i in range(instance.n_agents)]
    agents = Table("Agents", ["agent", "bid", "influence", "paid", "expected", "interval"])
    influence = solution.influence.sum(axis=0).tolist()
    for i, name in enumerate(names):
        expected = interval = None
        if solution.expected_totals is not None:
            expected = float(solution.expected_totals[i])
        if solution.expected_totals_interval is not None:
            low, high = solution.expected_totals_interval[i].tolist()
            interval = f"{number(low)} to {number(high)}"
        agents.add(name, bids[i], influence[i], float(solution.totals[i]), expected, interval)
    shown = [agents]
    if solution.aggregate is not None:
        chances = Table("Next token", ["token", "probability"])
        order = np.argsort(-solution.aggregate, kind="stable")
        chances.extend((instance.token(t), float(solution.aggregate[t])) for t in order.tolist())
        return [*shown, chances]
    steps = Table("Steps", ["step", "token", "probability", *(f"{name} pays" for name in names)])
    vocabulary = solution.vocabulary or instance.vocabulary
    for k, token in enumerate(solution.tokens.tolist()):
        word = repr(vocabulary[token]) if token < len(vocabulary) else instance.token(token)
        steps.add(k, word, float(solution.probabilities[k]), *solution.payments[k].tolist())
    return [*shown, steps]
