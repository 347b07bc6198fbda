"""What must be true of token auctions, as claims that can be run.

Claims compare closed forms with definitions (quadrature, externalities, random competitors,
enumeration); they are meant for small auctions.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.theorem import Theorem
from eqsolve.families.token_auction.aggregation import mixture
from eqsolve.families.token_auction.changes import with_bids
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import Ledger, aggregates, settle
from eqsolve.families.token_auction.mechanisms import (
    can_be_renamed,
    is_priced_and_consistent,
    preferences,
)
from eqsolve.families.token_auction.models.opening import open_models
from eqsolve.families.token_auction.questions.incentives import deviation_gain, misreport_gain
from eqsolve.families.token_auction.questions.monotonicity import is_monotone, turning_share
from eqsolve.families.token_auction.questions.one_step import drawn_from
from eqsolve.families.token_auction.questions.stability import MOST_LAWS, universally_stable
from eqsolve.families.token_auction.texts import Level, all_texts

__all__ = ["THEOREMS"]

_CLOSE = 1e-9
_PAPER = "Duetting, Mirrokni, Paes Leme, Xu and Zuo (2024)"
_GRID = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0, 1e6)
"""Multiples of a bid that are tried."""


def _parts(auction: TokenAuction) -> tuple[FloatArray, FloatArray]:
    """Return bids, as shares of the greatest, and distributions of one step."""
    table = auction.all_distributions
    assert table is not None
    return auction.all_bids / auction.all_bids.max(), table


def _at(auction: TokenAuction, agent: int, bid: float) -> TokenAuction:
    """Return the auction with another bid of one agent."""
    bids = auction.bids.astype(np.float64)
    bids[agent] = bid
    return with_bids(auction, bids)


def _kl(x: FloatArray, y: FloatArray) -> float:
    """Return ``KL(x || y)``, infinite where y lacks what x holds."""
    inside = x > 0
    if (y[inside] == 0).any():
        return np.inf
    return float((x[inside] * (np.log(x[inside]) - np.log(y[inside]))).sum())


def _welfare(auction: TokenAuction, bids: FloatArray, table: FloatArray, q: FloatArray) -> float:
    """Return minus the weighted divergences at any q."""
    total = 0.0
    for bid, p in zip(bids, table, strict=True):
        pair = (p, q) if auction.aggregation == "linear" else (q, p)
        total -= bid * _kl(*pair) if bid > 0 else 0.0
    return total


def _optimal(auction: TokenAuction) -> str | None:
    """TOK-1, TOK-2: no other distribution has a greater welfare, all others a smaller one."""
    bids, table = _parts(auction)
    q = aggregates(auction, bids, table)
    best = _welfare(auction, bids, table, q)
    settled = float(settle(auction, auction.all_bids, table).welfare / auction.all_bids.max())
    if abs(best - settled) > _CLOSE * (1 + abs(best)):
        return f"welfare {settled} of the ledger, {best} by definition"
    rng = np.random.default_rng(0)
    others = [*rng.dirichlet(np.ones(len(q)), 20), *table]
    others += [(1 - step) * q + step * other for other in others for step in (1e-3, 0.1)]
    for other in others:
        worth = _welfare(auction, bids, table, other)
        apart = np.abs(other - q).sum()
        # Pinsker: the loss is at least half the squared distance, times all bids.
        least = bids.sum() * apart**2 / 2
        if worth > best - least * (1 - 1e-6) + _CLOSE:
            return f"{other.tolist()} has welfare {worth}, the aggregate {best}"
    if auction.aggregation == "log_linear":
        powers = np.ones(len(q))
        for bid, p in zip(bids, table, strict=True):
            powers = powers * (p ** (bid / bids.sum()) if bid > 0 else 1.0)
        norm = bids.sum() * float(np.log(powers.sum()))
        if abs(norm - best) > _CLOSE * (1 + abs(best)):
            return f"the maximum is {best}, not sum b log Z = {norm}"
    return None


def _moves_nearer(auction: TokenAuction) -> str | None:
    """TOK-3: linear aggregates move towards the bidder; own divergence never rises."""
    _, table = _parts(auction)
    for i in range(auction.n_agents):
        own = max(float(auction.bids[i]), 1.0)
        before: FloatArray | None = None
        least = np.inf
        for factor in _GRID:
            bids = auction.all_bids.copy()
            bids[i] = factor * own
            if not bids.any():
                continue
            q = aggregates(auction, bids, table)
            pair = (table[i], q) if auction.aggregation == "linear" else (q, table[i])
            mine = _kl(*pair)
            if mine > least + _CLOSE:
                return f"agent {i}: its divergence rises to {mine} at bid {bids[i]}"
            least = mine
            if before is not None and auction.aggregation == "linear":
                ends = np.sort([before, table[i]], axis=0)
                stray = np.maximum(ends[0] - q, q - ends[1]).max()
                if stray > _CLOSE:
                    return f"agent {i}: a token strays by {stray} at bid {bids[i]}"
            before = q
    return None


def _strays(auction: TokenAuction) -> str | None:
    """TOK-3: under log-linear aggregation a higher bid may move a token away from the bidder."""
    found = is_monotone("log_linear", auction.distributions).witness
    if found is None:
        return None
    low, high = found.probabilities
    return (
        f"agent {found.agent} against {found.opponent}: token {found.token} moves from {low} to "
        f"{high} at bid {found.bids[1]}, its own is {found.target}"
    )


def _equivalence(auction: TokenAuction) -> str | None:
    """TOK-4: payments exist and it is consistent iff bids can be renamed to be monotone."""
    _, table = _parts(auction)
    grid = np.array([0.5, 1.0, 3.0])
    others = np.array([[0.5, 0.5], [1.0, 4.0], [4.0, 1.0]])[:, : max(len(table) - 1, 1)]
    for i in range(len(table)):
        rest = [j for j in range(len(table)) if j != i][: others.shape[1]]
        made = np.zeros((len(grid), len(others), table.shape[1]))
        for x, bid in enumerate(grid):
            for y, amounts in enumerate(others):
                bids = np.zeros(len(table))
                bids[i] = bid
                bids[rest] = amounts[: len(rest)]
                made[x, y] = aggregates(auction, bids, table)
        prefers = preferences(np.round(made, 12), np.round(table[i], 12))
        if is_priced_and_consistent(prefers) != can_be_renamed(prefers):
            return f"agent {i}: payments and renaming disagree"
    return None


def _opposed(auction: TokenAuction) -> list[int]:
    """Return the agents against whom somebody bids."""
    bids = auction.all_bids
    return [i for i in range(auction.n_agents) if np.delete(bids, i).any()]


def _stable(auction: TokenAuction) -> str | None:
    """TOK-5: the sampler has the aggregate as its law, and changes with total variation."""
    bids, table = _parts(auction)
    for i in _opposed(auction):
        p, others = table[i], bids.copy()
        others[i] = 0.0
        q0, rest = mixture(others, table), float(others.sum())
        low, high = rest / 2, 2 * rest
        law = {low: np.zeros(len(p)), high: np.zeros(len(p))}
        change = 0.0
        gains = np.maximum(p - q0, 0.0)
        targets = gains / gains.sum() if gains.any() else q0
        sums = q0.cumsum()
        for before in np.flatnonzero(q0).tolist():
            first = max(sums[before] - q0[before] / 2, 0.0)
            loss = max(1 - p[before] / q0[before], 0.0)
            cuts = sorted({0.0, 1.0, loss / 3, loss * 2 / 3})
            for a, b in pairwise(cuts):
                for after in np.flatnonzero(targets).tolist():
                    third = max(targets.cumsum()[after] - targets[after] / 2, 0.0)
                    uniform = np.array([first, (a + b) / 2, third])
                    draw = drawn_from(p, q0, rest, 1.0, uniform)
                    weight = q0[before] * (b - a) * targets[after]
                    for bid, held in law.items():
                        held[draw.at(bid)] += weight
                    change += weight * (draw.at(low) != draw.at(high))
        least = np.abs(
            (low * p + rest * q0) / (low + rest) - (high * p + rest * q0) / (high + rest)
        )
        if abs(change - least.sum() / 2) > 1e-7:
            return f"agent {i}: changes with {change}, total variation {least.sum() / 2}"
        for bid, held in law.items():
            wanted = (bid * p + rest * q0) / (bid + rest)
            if np.abs(held - wanted).max() > 1e-7:
                return f"agent {i}: law {held.tolist()} at bid {bid}, aggregate {wanted.tolist()}"
    return None


def _second_price(auction: TokenAuction) -> str | None:
    """TOK-6: closed forms are the integrals; given the token they average to them."""
    bids, table = _parts(auction)
    priced = TokenAuction(
        auction.bids, auction.distributions,
        reserve=None if not auction.has_reserve else {
            "bid": auction.reserve_bid, "distribution": auction.reserve_distribution,
        },
    )  # fmt: skip
    q = mixture(bids, table)
    drawn = np.flatnonzero(q)
    told = settle(
        priced, np.tile(auction.all_bids, (len(drawn), 1)),
        np.broadcast_to(table, (len(drawn), *table.shape)), drawn,
    )  # fmt: skip
    scale = float(auction.all_bids.max())
    nodes, shares = np.polynomial.legendre.leggauss(40)
    for i in range(auction.n_agents):
        expected = told.expected_payments[0, i] / scale
        mean = float(q[drawn] @ told.payments[:, i]) / scale
        if abs(mean - expected) > _CLOSE * max(bids[i], 1e-3):
            return f"agent {i}: given the token {mean} on average, expected {expected}"
        others = np.delete(bids, i)
        rest = float(others.sum())
        wanted = 0.0
        if rest > 0 and bids[i] > 0:
            q0 = others @ np.delete(table, i, axis=0) / rest
            for a, b in zip(*_panels(rest, float(bids[i])), strict=True):
                y = (a + b) / 2 + (b - a) / 2 * nodes
                x = np.exp(y + np.log(rest)) - rest
                here = (x[:, None] * table[i] + rest * q0) / (x + rest)[:, None]
                moved = np.abs(q - here).sum(axis=1) / 2
                wanted += float((b - a) / 2 * shares @ (moved * (x + rest)))
        if abs(wanted - expected) > 1e-9 * max(bids[i], 1e-3):
            return f"agent {i}: the integral is {wanted}, the closed form {expected}"
    return None


def _panels(rest: float, bid: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of pieces of ``log(1 + x / rest)`` for x up to a bid."""
    end = float(np.log(bid + rest) - np.log(rest))
    cuts = np.linspace(0.0, end, 2 + int(end / 8))
    return cuts[:-1], cuts[1:]


def _truthful(auction: TokenAuction) -> str | None:
    """TOK-7, TOK-10: bidding one's value is best in a step; influence and payment rise."""
    for i in range(auction.n_agents):
        if i not in _opposed(auction):
            continue
        value = float(auction.bids[i])
        grid = np.array([factor * (value or 1.0) for factor in _GRID])
        gain = deviation_gain(auction, i, value, bids=grid)
        scale = max(float(auction.all_bids.max()), value)
        if float(gain.step_gain.max()) > 1e-9 * scale:
            return f"agent {i}: worth {value}, gains {gain.step_gain.max()} by another bid"
        ledgers = [_settled(_at(auction, i, float(bid))) for bid in grid]
        moved = np.array([ledger.influence[i] for ledger in ledgers])
        paid = np.array([ledger.expected_payments[i] for ledger in ledgers])
        if (np.diff(moved) < -_CLOSE).any() and auction.aggregation == "linear":
            return f"agent {i}: influence falls: {moved.tolist()}"
        top = np.maximum(grid, scale)
        if (np.diff(paid) < -1e-9 * top[1:]).any() or (paid < 0).any():
            return f"agent {i}: payments fall: {paid.tolist()}"
        if auction.payment == "second_price" and (paid > grid * moved + 1e-9 * top).any():
            return f"agent {i}: pays more than its bid per unit: {paid.tolist()}"
    return None


def _settled(auction: TokenAuction) -> Ledger:
    """Return the ledger of one step."""
    return settle(auction, *_whole(auction))


def _whole(auction: TokenAuction) -> tuple[FloatArray, FloatArray]:
    """Return bids and distributions."""
    table = auction.all_distributions
    assert table is not None
    return auction.all_bids, table


def _universal(auction: TokenAuction) -> str | None:
    """TOK-8: two tokens, two agents, or point masses: one sampler is stable for all."""
    found = universally_stable(auction, [0.0, 1.0])
    return None if found.holds else f"least excess of change {found.excess}"


def _small(auction: TokenAuction) -> bool:
    """Whether the program of TOK-8 is small."""
    vectors = 2**auction.n_agents
    size = 0 if auction.distributions is None else auction.distributions.shape[1]
    return auction.aggregation == "linear" and 0 < size**vectors <= min(MOST_LAWS, 10_000)


def _universal_case(auction: TokenAuction) -> bool:
    """Whether TOK-8 promises a sampler."""
    if not _small(auction):
        return False
    _, table = _parts(auction)
    points = bool((table.max(axis=1) == 1).all())
    return table.shape[1] <= 2 or len(table) <= 2 or points


def _none_universal(auction: TokenAuction) -> str | None:
    """TOK-8: for some distributions no sampler is stable for all."""
    found = universally_stable(auction, [0.0, 1.0])
    return None if found.holds else f"at least {found.excess} more change than the total variations"


def _race(auction: TokenAuction) -> str | None:
    """TOK-9: races change between TV and 2 TV / (1 + TV)."""
    bids, table = _parts(auction)
    q = mixture(bids, table)
    for i in range(len(table)):
        other = bids.copy()
        other[i] = 3 * bids[i] + 1
        r = mixture(other, table)
        with np.errstate(divide="ignore", invalid="ignore"):
            slowest = np.maximum(q[None] / q[:, None], r[None] / r[:, None])
        both = (q > 0) & (r > 0)
        same = float((1 / slowest[both].sum(axis=1)).sum())
        apart = float(np.abs(q - r).sum() / 2)
        if not apart - _CLOSE <= 1 - same <= 2 * apart / (1 + apart) + _CLOSE:
            return f"agent {i}: changes with {1 - same} at total variation {apart}"
    return None


def _vcg(auction: TokenAuction) -> str | None:
    """TOK-10: the closed form is the externality; no report of a distribution gains."""
    bids, table = _parts(auction)
    paid = _settled(auction).expected_payments / auction.all_bids.max()
    q = aggregates(auction, bids, table)
    for i in _opposed(auction):
        others = bids.copy()
        others[i] = 0.0
        without = aggregates(auction, others, table)
        lost = _welfare(auction, others, table, without) - _welfare(auction, others, table, q)
        if abs(lost - paid[i]) > _CLOSE:
            return f"agent {i}: the others lose {lost}, it pays {paid[i]}"
        rng = np.random.default_rng(1)
        reports = rng.dirichlet(np.ones(len(q)), 10)
        reports = np.vstack([reports, (reports + table[i]) / 2, table])
        if (auction.bids[i] > 0) and len(reports):
            gain = misreport_gain(auction, i, reports / reports.sum(axis=1, keepdims=True))
            if (gain > 1e-9 * auction.all_bids.max()).any():
                return f"agent {i}: another report gains {gain.max()}"
    return None


def _levels(auction: TokenAuction) -> list[Level]:
    """Return all texts."""
    return all_texts(auction, open_models(auction), lambda: None)


def _laws(auction: TokenAuction) -> tuple[list[tuple[int, ...]], FloatArray, FloatArray]:
    """Return whole texts, their law, and that of each model alone, shape (texts, n)."""
    last = _levels(auction)
    texts: list[tuple[int, ...]] = []
    chances: list[float] = []
    alone: list[FloatArray] = []
    for level in last:
        ends = np.ones(level.q.shape, dtype=bool)
        if level.tokens.shape[1] + 1 < auction.length:
            ends = np.zeros(level.q.shape, dtype=bool)
            if auction.stop_token >= 0:
                ends[:, auction.stop_token] = True
        for row, token in np.argwhere(ends & (level.q > 0)).tolist():
            texts.append((*level.tokens[row].tolist(), token))
            chances.append(float(level.following[row, token]))
            seen = np.exp(level.log_seen[row]) * level.distributions[row, :, token]
            alone.append(seen)
    return texts, np.array(chances), np.array(alone)


def _whole_texts(auction: TokenAuction) -> str | None:
    """TOK-11: posterior weights draw from the mixture of laws, the best; fixed weights do not."""
    bids = auction.all_bids / auction.all_bids.max()
    shared = TokenAuction(
        auction.bids, models=list(auction.models), vocabulary=auction.vocabulary,
        length=auction.length, stop=auction.stop, weights="posterior", payment="vcg",
    )  # fmt: skip
    texts, chances, alone = _laws(shared)
    if abs(chances.sum() - 1) > _CLOSE:
        return f"the law of texts has the sum {chances.sum()}"
    wanted = alone @ bids / bids.sum()
    off = np.abs(chances - wanted)
    if off.max() > _CLOSE:
        worst = int(off.argmax())
        return f"text {texts[worst]}: {chances[worst]}, the mixture has {wanted[worst]}"
    levels = _levels(shared)
    for i in _opposed(shared):
        paid = 0.0
        for level in levels:
            ledger = settle(shared, level.weights * shared.all_bids.max(), level.distributions)
            paid += float(level.chances @ ledger.expected_payments[:, i])
        others = bids.copy()
        others[i] = 0.0
        without = alone @ others / others.sum()
        lost = others.sum() * _kl(without, wanted)
        if abs(paid / shared.all_bids.max() - lost) > _CLOSE:
            return f"agent {i}: pays {paid} over the steps, the whole text says {lost}"
    return None


def _long(auction: TokenAuction) -> str | None:
    """TOK-12: over a text, bidding something else than one's value may gain."""
    for i in _opposed(auction):
        gain = deviation_gain(auction, i, 1.0, bids=[0.5, 0.75, 0.9, 1.1])
        if float(gain.step_gain.max()) > 1e-9:
            return None  # then it is a step that is not truthful
        if float(gain.text_gain.max()) > 1e-6:
            bid = float(gain.best_bid[0])
            return f"agent {i}, worth 1 per unit, gains {gain.text_gain[0]} by bidding {bid}"
    return None


def _invariances(auction: TokenAuction) -> str | None:
    """TOK-13: scaling, merging equals, no influence where nothing differs or nothing is bid."""
    bids, table = _whole(auction)
    scale = float(bids.max())
    plain = _settled(auction)
    scaled = with_bids(auction, auction.bids.astype(np.float64) / scale)
    if not auction.has_reserve:
        paid = _settled(scaled).expected_payments * scale
        if np.abs(paid - plain.expected_payments).max() > _CLOSE * scale:
            return f"payments {plain.expected_payments} do not scale: {paid}"
    q = aggregates(auction, bids, table)
    for i in range(auction.n_agents):
        if bids[i] == 0 and (plain.influence[i] or plain.expected_payments[i]):
            return f"agent {i} bids 0 and pays {plain.expected_payments[i]}"
        others = bids.copy()
        others[i] = 0.0
        same = others.any() and (table[i] == aggregates(auction, others, table)).all()
        if same and max(plain.influence[i], plain.expected_payments[i] / scale) > 1e-12:
            return f"agent {i} moves nothing and pays {plain.expected_payments[i]}"
        for j in range(i):
            if (table[i] == table[j]).all():
                merged = bids.copy()
                merged[j] += merged[i]
                merged[i] = 0.0
                if np.abs(aggregates(auction, merged, table) - q).max() > _CLOSE:
                    return f"agents {j} and {i} are equal, together they are not one"
    return None


def _turns(auction: TokenAuction) -> str | None:
    """TOK-14: each token turns at most once, where its logarithm lies between the divergences."""
    _, table = _parts(auction)
    grid = np.linspace(0, 1, 201)
    for i in range(len(table)):
        for j in range(len(table)):
            p, q0 = table[i], table[j]
            if i == j or ((p > 0) != (q0 > 0)).any():
                continue
            inside = p > 0
            logs = np.log(p[inside] / q0[inside])
            path = q0[inside] * np.exp(grid[:, None] * logs)
            path /= path.sum(axis=1, keepdims=True)
            for k, token in enumerate(np.flatnonzero(inside).tolist()):
                steps = np.diff(path[:, k])
                rises = steps[np.abs(steps) > 1e-13] > 0
                if (np.diff(rises.astype(int)) > 0).any():
                    return f"agents {i}, {j}: token {token} falls and rises again"
                told = turning_share(p, q0, token)
                peak = int(path[:, k].argmax())
                seen = 1 < peak < len(grid) - 2
                if seen and told is None:
                    return f"agents {i}, {j}: token {token} turns unforeseen"
                if told is not None and 0.02 < told < 0.98 and abs(grid[peak] - told) > 0.01:
                    return f"agents {i}, {j}: token {token} turns at {grid[peak]}, not {told}"
    return None


def _theorem(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[TokenAuction], str | None],
    strategy: str = "token_auctions",
    *,
    source: str = "eqsolve documentation, families/token-auctions",
    hypotheses: str = "none",
    applies: Callable[[TokenAuction], bool] = lambda auction: True,
    can_happen: bool = False,
) -> Theorem:
    """Return a theorem about token auctions."""
    return Theorem(
        id=id, title=title, statement=statement, source=source, kind="token_auction", claim=claim,
        strategy=strategy, hypotheses=hypotheses, applies=applies, can_happen=can_happen,
    )  # fmt: skip


def _linear(auction: TokenAuction) -> bool:
    return auction.distributions is not None and auction.aggregation == "linear"


def _one(auction: TokenAuction) -> bool:
    return auction.distributions is not None


def _log(auction: TokenAuction) -> bool:
    return auction.distributions is not None and auction.aggregation == "log_linear"


THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "TOK-1", "forward KL", "Linear aggregation is the unique maximizer of -sum b KL(p || q).",
        _optimal, source=_PAPER, hypotheses="linear, one step", applies=_linear,
    ),
    _theorem(
        "TOK-2", "reverse KL",
        "Log-linear aggregation is the unique maximizer of -sum b KL(q || p), with sum b log Z.",
        _optimal, "common_token_auctions", source=_PAPER, hypotheses="log-linear, one step",
        applies=_log,
    ),
    _theorem(
        "TOK-3", "monotonicity",
        "Linear aggregates move towards who raises its bid; its own divergence never rises, under "
        "both rules.",
        _moves_nearer, source=_PAPER, hypotheses="one step", applies=_one,
    ),
    _theorem(
        "TOK-3b", "log-linear is not monotone",
        "Under log-linear aggregation a higher bid may move a token away from the bidder.",
        _strays, "common_token_auctions", source=_PAPER, hypotheses="one step, three tokens",
        applies=lambda a: _log(a) and a.n_tokens > 2, can_happen=True,
    ),
    _theorem(
        "TOK-4", "equivalence",
        "Payments that make a mechanism payment-monotone exist and it is consistent iff each "
        "agent's bids can be renamed so that the aggregation is monotone.",
        _equivalence, "common_token_auctions", source=_PAPER, hypotheses="one step, two agents",
        applies=lambda a: _one(a) and a.n_speaking > 1,
    ),
    _theorem(
        "TOK-5", "stable sampling",
        "The sampler of an agent has the aggregates as its laws, and its token changes between two "
        "bids with the probability of their total variation.",
        _stable, source=_PAPER, hypotheses="linear, one step", applies=_linear,
    ),
    _theorem(
        "TOK-6", "second price",
        "Expected critical bids are TV(p, q0) B g(b / B), the integral of the total variation, and "
        "those given the token average to them.",
        _second_price, source=_PAPER, hypotheses="linear, one step", applies=_linear,
    ),
    _theorem(
        "TOK-7", "incentives",
        "In a step it is best to bid one's value by second price; influence and payment rise with "
        "the bid, and the payment is at most the bid per unit moved.",
        _truthful, source=_PAPER, hypotheses="linear, one step, second price",
        applies=lambda a: _linear(a) and a.payment == "second_price",
    ),
    _theorem(
        "TOK-8", "universal stability",
        "With two tokens, two agents, or point masses one sampler is stable for all agents.",
        _universal, hypotheses="linear, one step, small", applies=_universal_case,
    ),
    _theorem(
        "TOK-8b", "no universal stability",
        "For some distributions no sampler is stable for all agents at once.",
        _none_universal, "token_triples", hypotheses="linear, one step, three agents and tokens",
        applies=_small, can_happen=True,
    ),
    _theorem(
        "TOK-9", "race sampler",
        "Races of exponential clocks change the token with a probability of at least TV and at "
        "most 2 TV / (1 + TV).",
        _race, hypotheses="linear, one step", applies=_linear,
    ),
    _theorem(
        "TOK-10", "VCG",
        "VCG payments are B KL(q0 || q) under linear and B KL(q || q0) under log-linear "
        "aggregation; no bid and no report gains.",
        lambda a: _vcg(a) or _truthful(a), "common_token_auctions",
        hypotheses="one step, VCG", applies=lambda a: _one(a) and a.payment == "vcg",
    ),
    _theorem(
        "TOK-11", "whole texts",
        "With posterior weights texts are drawn from the mixture of the models' laws, and the VCG "
        "payment of the whole text splits over its steps.",
        _whole_texts, "token_chains", hypotheses="models, linear",
        applies=lambda a: bool(a.models) and a.aggregation == "linear" and not a.has_reserve,
    ),
    _theorem(
        "TOK-12", "limits",
        "Over a whole text an agent may gain by bidding something else than its value.",
        _long, "unlike_token_chains", hypotheses="models, fixed weights, second price",
        can_happen=True,
        applies=lambda a: bool(a.models) and a.weights == "fixed" and a.payment == "second_price",
    ),
    _theorem(
        "TOK-13", "invariances",
        "Payments scale with the bids; equal agents act as one; who bids nothing or differs in "
        "nothing moves and pays nothing.",
        _invariances, hypotheses="one step", applies=_one,
    ),
    _theorem(
        "TOK-14", "where log-linear turns",
        "Against one opponent each token's probability turns at most once, up then down, and does "
        "so iff log(p / q0) lies between -KL(q0 || p) and KL(p || q0).",
        _turns, "common_token_auctions", hypotheses="one step", applies=_one,
    ),
)  # fmt: skip
