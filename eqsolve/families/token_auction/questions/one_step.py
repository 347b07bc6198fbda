"""One step by its parts: the aggregate, what is paid, and the explicit stable sampler."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.families.token_auction.aggregation import mixture
from eqsolve.families.token_auction.changes import changed
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.ledger import aggregates, settle
from eqsolve.families.token_auction.sampling import inverse

__all__ = [
    "StableDraw",
    "aggregate",
    "critical_bid",
    "one_step",
    "require_agent",
    "second_price",
    "stable_sample",
    "vcg",
]


def aggregate(rule: str, bids: object, distributions: object) -> FloatArray:
    """Return the distribution from which the next token is drawn.

    Parameters
    ----------
    rule : ``"linear"`` or ``"log_linear"``.
    bids : n numbers >= 0, not all 0.
    distributions : n x T.

    Returns
    -------
    q : shape (T,).

    Raises
    ------
    InstanceError : with every fault.

    Notes
    -----
    Cost O(n T). Source: TOK-1, TOK-2.

    Examples
    --------
    >>> aggregate("linear", [1, 2, 2], [[0.8, 0.2], [1, 0], [0, 1]]).round(12).tolist()
    [0.56, 0.44]
    """
    auction = TokenAuction(bids, distributions, aggregation=rule, payment="none")
    assert auction.distributions is not None
    return aggregates(auction, auction.all_bids, auction.distributions)


def second_price(bids: object, distributions: object) -> FloatArray:
    """Return the expected second prices of one step under linear aggregation.

    Parameters
    ----------
    bids : n numbers >= 0, not all 0.
    distributions : n x T.

    Returns
    -------
    payments : shape (n,), before the token is drawn.

    Raises
    ------
    InstanceError : with every fault.

    Notes
    -----
    Cost O(n T). Source: TOK-6.

    Examples
    --------
    >>> second_price([1, 1], [[1, 0], [0, 1]]).round(6).tolist()
    [0.193147, 0.193147]
    """
    auction = TokenAuction(bids, distributions)
    assert auction.distributions is not None
    return settle(auction, auction.all_bids, auction.distributions).expected_payments


def vcg(
    auction: TokenAuction | str, bids: object = None, distributions: object = None
) -> FloatArray:
    """Return the VCG payments of one step: what each agent's presence costs the others.

    Parameters
    ----------
    auction : one step, whose own payment rule is not read; or ``"linear"`` or ``"log_linear"`` and
    bids : n numbers >= 0, not all 0,
    distributions : n x T.

    Returns
    -------
    payments : shape (n,).

    Raises
    ------
    InstanceError : with every fault.

    Notes
    -----
    Cost O(n T). Source: TOK-10.

    Examples
    --------
    >>> vcg("linear", [1, 1], [[1, 0], [0, 1]]).round(6).tolist()
    [0.693147, 0.693147]
    """
    if isinstance(auction, str):
        step = TokenAuction(bids, distributions, aggregation=auction, payment="vcg")
    else:
        require_instance(auction, TokenAuction, "auction")
        step = changed(auction, payment="vcg")
    table, amounts = one_step(step, "vcg")
    return settle(step, amounts, table).expected_payments


def critical_bid(token: int, bids: object, distributions: object) -> FloatArray:
    """Return what each agent pays by second price, given the token that was drawn.

    Parameters
    ----------
    token : its number; of positive probability.
    bids : n numbers >= 0, not all 0.
    distributions : n x T.

    Returns
    -------
    payments : shape (n,), expected critical bids; 0 for whom the token lost probability.

    Raises
    ------
    InstanceError : with every fault.
    OptionError : there is no such token, or it is never drawn.

    Notes
    -----
    Cost O(n T). Source: TOK-6.

    Examples
    --------
    >>> critical_bid(0, [1, 1], [[1, 0], [0, 1]]).round(6).tolist()
    [0.386294, 0.0]
    """
    auction = TokenAuction(bids, distributions)
    assert auction.distributions is not None
    require_count(token, "token")
    q = aggregates(auction, auction.all_bids, auction.distributions)
    if token >= len(q) or not q[token] > 0:
        raise OptionError(f"token = {token!r}: is never drawn")
    drawn = np.array([token])
    step = auction.distributions[None]
    paid: FloatArray = settle(auction, auction.all_bids[None], step, drawn).payments[0]
    return paid


@dataclass(frozen=True, slots=True)
class StableDraw:
    """A draw of one step as a function of one agent's bid: it changes at most once.

    Parameters
    ----------
    before : the token at bid 0.
    after : the token from the critical bid on; the same where there is none.
    critical_bid : infinite where the token never changes.
    bid : the agent's bid.

    Notes
    -----
    Source: TOK-5, TOK-6.

    Examples
    --------
    >>> draw = StableDraw(before=1, after=0, critical_bid=0.5, bid=1.0)
    >>> draw.token, draw.payment, draw.at(0.4)
    (0, 0.5, 1)
    """

    before: int
    after: int
    critical_bid: float
    bid: float

    def at(self, bid: float) -> int:
        """Return the token at another bid."""
        return self.after if bid > self.critical_bid else self.before

    @property
    def token(self) -> int:
        """The token at the agent's bid."""
        return self.at(self.bid)

    @property
    def payment(self) -> float:
        """The critical bid where the agent's presence changed the token, else 0."""
        return self.critical_bid if self.bid > self.critical_bid else 0.0


def stable_sample(auction: TokenAuction, agent: int, rng: np.random.Generator | int) -> StableDraw:
    """Return one draw of a step, coupled over all bids of an agent with the least change.

    Parameters
    ----------
    auction : one step, linear aggregation.
    agent : its number.
    rng : a generator, or a seed.

    Raises
    ------
    InstanceError : no `TokenAuction`.
    OptionError : no such agent.
    UnsupportedError : not one step, log-linear, or nobody stands against the agent.

    Notes
    -----
    Draws a token without the agent and a number u; the token t0 is left where the agent's share of
    all bids exceeds ``u / (1 - p(t0) / q0(t0))``, for one drawn in proportion to ``(p - q0)^+``.
    Cost O(n T). Source: TOK-5.

    Examples
    --------
    >>> draw = stable_sample(TokenAuction([1, 1], [[1, 0], [0, 1]]), 0, 1)
    >>> draw.before, draw.after, round(draw.critical_bid, 6), draw.token
    (1, 0, 19.187215, 1)
    """
    table, bids = one_step(auction, "stable_sample")
    require_agent(auction, agent)
    if auction.aggregation != "linear":
        raise UnsupportedError("stable_sample", "log-linear aggregation is not monotone (TOK-3)")
    others = bids.copy()
    others[agent] = 0.0
    if not others.any():
        raise UnsupportedError("stable_sample", "nobody stands against the agent")
    random = np.random.default_rng(rng)
    uniform = random.random(3)
    return drawn_from(table[agent], mixture(others, table), others.sum(), bids[agent], uniform)


def drawn_from(
    p: FloatArray, q0: FloatArray, rest: float, bid: float, uniform: FloatArray
) -> StableDraw:
    """Return the draw of three uniform numbers: for the token before, the switch, the one after."""
    before = inverse(q0, float(uniform[0]))
    loss = 1 - p[before] / q0[before]
    share = float(uniform[1]) / loss if loss > 0 else np.inf
    gains = np.maximum(p - q0, 0.0)
    if not share < 1 or not gains.any():
        return StableDraw(before, before, np.inf, float(bid))
    after = inverse(gains / gains.sum(), float(uniform[2]))
    return StableDraw(before, after, float(rest * share / (1 - share)), float(bid))


def one_step(auction: object, name: str) -> tuple[FloatArray, FloatArray]:
    """Return distributions and bids of a step, the reserve's last.

    Raises
    ------
    InstanceError : no `TokenAuction`.
    UnsupportedError : it has models.
    """
    require_instance(auction, TokenAuction, "auction")
    assert isinstance(auction, TokenAuction)
    table = auction.all_distributions
    if table is None:
        raise UnsupportedError(name, "it has models, not the distributions of one step")
    return table, auction.all_bids


def require_agent(auction: TokenAuction, agent: int) -> None:
    """Raise `OptionError` unless there is such an agent."""
    require_count(agent, "agent")
    if agent >= auction.n_agents:
        raise OptionError(f"agent = {agent}: must be below {auction.n_agents}")
