"""What an agent gains by bidding something else than its value, in a step and over whole texts.

By second price the value v is per unit of probability moved: an agent that bids x has the utility
``v TV(q(x), q0) - payment`` in a step. By VCG it is per unit of divergence: ``-v D(x) - payment``.
In a step the truth is best (TOK-7, TOK-10); over a text it need not be, since a bid also changes
the texts that later steps start from (TOK-12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.families.token_auction.changes import with_bids
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates, posterior_weights, settle
from eqsolve.families.token_auction.methods.tree import outside, too_many
from eqsolve.families.token_auction.models.opening import Opened, open_models
from eqsolve.families.token_auction.questions.one_step import require_agent
from eqsolve.families.token_auction.texts import Level, SupportError, all_texts

__all__ = [
    "FACTORS",
    "DeviationGain",
    "deviation_gain",
    "misreport_gain",
]

FACTORS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
"""Multiples of the value that are tried by default."""


@dataclass(frozen=True, slots=True, eq=False)
class DeviationGain:
    """What deviations gain, by value.

    Parameters
    ----------
    values : shape (V,).
    bids : shape (V, G), the bids tried.
    step_gains : shape (V, G), greatest gain in a single step, over all texts before it.
    text_gains : shape (V, G), gain over the whole text.

    Notes
    -----
    Source: TOK-7, TOK-12.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[1, 0], [0, 1]])
    >>> gain = deviation_gain(auction, 0, 1.0)
    >>> gain.step_gain.tolist(), gain.text_gain.tolist(), gain.best_bid.tolist()
    ([0.0], [0.0], [1.0])
    """

    values: FloatArray
    bids: FloatArray
    step_gains: FloatArray
    text_gains: FloatArray

    @property
    def step_gain(self) -> FloatArray:
        """The greatest gain in a step, by value; 0 at the truth."""
        greatest: FloatArray = np.maximum(self.step_gains.max(axis=1), 0.0)
        return greatest

    @property
    def text_gain(self) -> FloatArray:
        """The greatest gain over the text, by value."""
        greatest: FloatArray = np.maximum(self.text_gains.max(axis=1), 0.0)
        return greatest

    @property
    def best_bid(self) -> FloatArray:
        """The best bid for the whole text, by value; the value itself among equals."""
        best = np.argmax(self.text_gains, axis=1)
        rows = np.arange(len(best))
        best_bids: FloatArray = np.where(
            self.text_gains[rows, best] > 0, self.bids[rows, best], self.values
        )
        return best_bids


def deviation_gain(
    auction: TokenAuction, agent: int, values: object, *, bids: object = None,
    deadline: Deadline | None = None,
) -> DeviationGain:  # fmt: skip
    """Return what an agent gains by bidding something else than what it is worth to it.

    Parameters
    ----------
    auction : one step, or models with at most 200,000 texts; its payment rule counts.
    agent : its number; its own bid is not read.
    values : what a unit is worth to the agent, one or several.
    bids : bids to try instead; by default multiples of the value from 0 to 2, not 0 where nobody
        else bids.
    deadline : a running clock; None for no limit.

    Raises
    ------
    InstanceError : no `TokenAuction`, or one in which nobody would bid.
    OptionError : no such agent, or a value or bid that is none.
    UnsupportedError : there are too many texts, or some end without a common token.

    Notes
    -----
    Cost: all texts, for each value and bid. Source: TOK-7, TOK-12.

    Examples
    --------
    >>> from eqsolve import load
    >>> gain = deviation_gain(load("catalog:token-myopia"), 0, 1.0, bids=[0.75])
    >>> gain.step_gain.round(12).tolist(), gain.text_gain.round(5).tolist()
    ([0.0], [0.00726])
    """
    require_instance(auction, TokenAuction, "auction")
    require_agent(auction, agent)
    worths = _amounts(values, "values")
    tried = None if bids is None else _amounts(bids, "bids")
    if auction.models:
        reason = outside(auction) or too_many(auction)
        if reason is not None:
            raise UnsupportedError("deviation", reason, what="question")
    clock = deadline or Deadline()
    opened = open_models(auction) if auction.models else Opened()
    factors = np.array(FACTORS)
    if not np.delete(auction.all_bids, agent).any():
        factors = factors[factors > 0]
    grids, steps, texts = [], [], []
    for value in worths.tolist():
        grid = value * factors if tried is None else tried
        truth = _play(auction, opened, agent, value, clock)
        mine = [_play(auction, opened, agent, bid, clock) for bid in grid.tolist()]
        base = _utility(truth, agent, value)
        texts.append([_utility(levels, agent, value) - base for levels in mine])
        steps.append(
            [
                max(_step_gain(level, auction, agent, value, bid) for level in truth.levels)
                for bid in grid.tolist()
            ]
        )
        grids.append(grid)
    return DeviationGain(worths, np.array(grids), np.array(steps), np.array(texts))


def misreport_gain(
    auction: TokenAuction, agent: int, reports: object, *, value: float | None = None
) -> FloatArray:
    """Return what an agent gains in one step of VCG by reporting other distributions.

    Parameters
    ----------
    auction : one step, payment VCG; the agent's distribution is the true one.
    agent : its number.
    reports : shape (R, T), what it might report instead.
    value : what a unit of divergence is worth to it; its bid by default.

    Returns
    -------
    gains : shape (R,); never above 0 under VCG (TOK-10). Minus infinity where the report leads to
        a token that the agent rules out.

    Raises
    ------
    InstanceError : no `TokenAuction`, or a report that is no distribution.
    UnsupportedError : it has models.

    Notes
    -----
    Cost O(R n T). Source: TOK-10.

    Examples
    --------
    >>> auction = TokenAuction([1, 1], [[0.5, 0.5], [0.9, 0.1]], payment="vcg")
    >>> misreport_gain(auction, 0, [[0.2, 0.8], [0.5, 0.5]]).round(6).tolist()
    [-0.094348, 0.0]
    """
    require_instance(auction, TokenAuction, "auction")
    require_agent(auction, agent)
    table = auction.all_distributions
    if table is None:
        raise UnsupportedError("misreport", "it has models, not the distributions of one step")
    worth = float(auction.bids[agent]) if value is None else float(value)
    checked = TokenAuction(np.ones(len(np.asarray(reports))), reports, payment="none").distributions
    assert checked is not None
    told = np.repeat(table[None], len(checked) + 1, axis=0)
    told[1:, agent] = checked
    bids = auction.all_bids.copy()
    bids[agent] = worth
    moved = with_bids(auction, bids[: auction.n_agents])
    settled = settle(moved, bids, told)
    q = aggregates(moved, bids, told)
    p = table[agent]
    x, y = (p, q) if auction.aggregation == "linear" else (q, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(x > 0, x * np.log(x / y), 0.0).sum(axis=-1)
        utility = -worth * away - settled.expected_payments[:, agent]
    gains: FloatArray = utility[1:] - utility[0]
    return gains


@dataclass(frozen=True, slots=True)
class _Play:
    """All texts at some bids."""

    auction: TokenAuction
    levels: list[Level]


def _play(auction: TokenAuction, opened: Opened, agent: int, bid: float, clock: Deadline) -> _Play:
    """Return all texts where an agent bids something else."""
    bids = auction.bids.astype(np.float64)
    bids[agent] = bid
    moved = with_bids(auction, bids)

    def poll() -> None:
        if clock.expired():
            raise UnsupportedError("deviation", "there was no time for all texts", what="question")

    table = moved.all_distributions
    if table is None:
        try:
            return _Play(moved, all_texts(moved, opened, poll))
        except SupportError:
            why = "some texts end where agents allow no common token"
            raise UnsupportedError("deviation", why, what="question") from None
    weights = moved.all_bids / moved.all_bids.max()
    q = aggregates(moved, weights, table)[None]
    empty = np.zeros((1, 0), dtype=np.int64)
    return _Play(
        moved, [Level(empty, np.ones(1), weights[None], table[None], q, 0 * weights[None])]
    )


def _settled(auction: TokenAuction, level: Level, agent: int, value: float) -> FloatArray:
    """Return the agent's utility in each step of a level at the auction's bids."""
    ledger = settle(auction, level.weights * auction.all_bids.max(), level.distributions)
    paid = ledger.expected_payments[:, agent]
    if auction.payment == "vcg":
        cost = value * ledger.divergence[:, agent] if value else 0.0 * paid
        utility: FloatArray = -cost - paid
        return utility
    return value * ledger.influence[:, agent] - paid


def _utility(play: _Play, agent: int, value: float) -> float:
    """Return the agent's expected utility over all texts."""
    total = 0.0
    for level in play.levels:
        total += float(level.chances @ _settled(play.auction, level, agent, value))
    return total


def _step_gain(level: Level, auction: TokenAuction, agent: int, value: float, bid: float) -> float:
    """Return the greatest gain in one step of a level by a bid for that step alone."""
    bids = auction.bids.astype(np.float64)
    utilities = []
    for amount in (bid, value):
        bids[agent] = amount
        moved = with_bids(auction, bids)
        utilities.append(_settled(moved, _reweighted(level, moved), agent, value))
    with np.errstate(invalid="ignore"):
        gains = utilities[0] - utilities[1]
    return float(np.nan_to_num(gains, nan=0.0, neginf=-np.inf).max())


def _reweighted(level: Level, auction: TokenAuction) -> Level:
    """Return a level with the weights that other bids give to its steps."""
    bids = auction.all_bids / auction.all_bids.max()
    weights = np.broadcast_to(bids, level.weights.shape)
    if auction.weights == "posterior":
        weights = posterior_weights(bids, level.log_seen)
    return replace(level, weights=weights)


def _amounts(given: object, name: str) -> FloatArray:
    """Return one or several amounts >= 0."""
    amounts = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if amounts.ndim != 1 or not len(amounts) or not (np.isfinite(amounts) & (amounts >= 0)).all():
        raise OptionError(f"{name}: must be numbers >= 0")
    return amounts
