"""Bidders for `play`, one function each; what they mean stands in `instance.bidders`.

>>> from eqsolve import bidders
>>> bidders.noisy(bidders.shade(0.5), sd=2).to_dict()
{'rule': 'noisy', 'of': {'rule': 'shade', 'factor': 0.5}, 'sd': 2}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.auction_experiment.instance import (
    Bidder,
    Crra,
    Cursed,
    Equilibrium,
    Fixed,
    Function,
    LevelK,
    Noisy,
    Quantal,
    Random,
    Shade,
    Truthful,
)
from eqsolve.families.auction_experiment.instance.reading import read_bidders

__all__ = [
    "chat", "crra", "cursed", "equilibrium", "fixed", "function", "level_k", "noisy", "quantal",
    "random", "shade", "truthful",
]  # fmt: skip


def truthful() -> Bidder:
    """Return a bidder who bids its type."""
    return Truthful()


def fixed(bids: Iterable[int | float | None]) -> Bidder:
    """Return a bidder with a bid for each round, None for staying out."""
    return _checked(Fixed(tuple(bids)))


def shade(factor: float) -> Bidder:
    """Return a bidder who bids a share of its type, rounded down to the grid."""
    return _checked(Shade(factor))


def random() -> Bidder:
    """Return a bidder who bids anything on the grid."""
    return Random()


def equilibrium() -> Bidder:
    """Return a bidder who plays the equilibrium of the auction."""
    return Equilibrium()


def crra(rho: float) -> Bidder:
    """Return a bidder with risk aversion `rho` among its like (AUC-2)."""
    return _checked(Crra(rho))


def cursed(chi: float) -> Bidder:
    """Return a bidder who overlooks the share `chi` of what rivals know (Eyster and Rabin)."""
    return _checked(Cursed(chi))


def level_k(k: int, level0: str = "random") -> Bidder:
    """Return a bidder who replies best to level ``k - 1``."""
    return _checked(LevelK(k, level0))


def quantal(precision: float) -> Bidder:
    """Return a bidder of a quantal response equilibrium; `precision` is lambda."""
    return _checked(Quantal(precision))


def noisy(of: Bidder, *, sd: float | None = None, log_sd: float | None = None) -> Bidder:
    """Return a bidder by rule with noise on its bid: added, or a factor."""
    return _checked(Noisy(of, sd, log_sd))


def function(bidder: Callable[[Any], Any] | object, name: str = "") -> Bidder:
    """Return a callable, or an object with ``.bid(view)``, under a name of its own."""
    found = Function.of(bidder)
    return Function(name or found.name, found.call)


def chat(endpoint: str, model: str, **settings: Any) -> Bidder:
    """Return a model behind an OpenAI-compatible address.

    Parameters
    ----------
    endpoint : what stands before ``/chat/completions``.
    model : its name there.
    **settings : ``temperature``, ``max_tokens``, ``seed``, ``persona``, ``intervention``,
        ``language``, ``currency``, ``price_in``, ``price_out``, and ``key_env``, the name of the
        environment variable that holds the key.

    Raises
    ------
    InstanceError : with every fault.
    """
    return _read({"rule": "chat", "endpoint": endpoint, "model": model, **settings})


def _checked(bidder: Bidder) -> Bidder:
    """Return a bidder if its settings can be."""
    inside: object = bidder.of if isinstance(bidder, Noisy) else bidder
    if not isinstance(inside, Bidder):
        rule = f"must be a bidder, {type(inside).__name__} is none"
        raise InstanceError(Fault("bidders", rule, ("of",)))
    return _read(bidder.to_dict())


def _read(fields: Any) -> Bidder:
    """Return the bidder of an object, or raise with its faults."""
    faults: list[Fault] = []
    found = read_bidders([fields], faults)
    if faults:
        raise InstanceError([Fault("bidder", it.rule, it.index[1:], it.value) for it in faults])
    return found[0]
