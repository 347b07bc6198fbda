"""A single-item auction: one prize, n bidders who know their types, and a rule who pays what.

Bidder i learns a **type** (its value, or a signal of it) and submits a **bid** or stays out. The
highest bid that is accepted wins; ties are broken uniformly at random. Bids below the **reserve**
are not accepted, and the price is at least the reserve. By format

==================================  =================================  ==========
format                              winner pays                        others pay
==================================  =================================  ==========
``first_price``, ``dutch``          own bid                            0
``second_price``,                   second-highest accepted bid        0
``english_blind``, ``english``
``kth_price``                       k-th highest accepted bid          0
``all_pay``                         own bid                            own bid
==================================  =================================  ==========

A lone accepted bid in ``second_price`` pays the reserve; ``kth_price`` with fewer than k accepted
bids sells nothing. ``dutch`` and ``english_blind`` are clocks that are strategically the same as
``first_price`` and ``second_price``; in ``english`` bidders see who leaves.

**Risk**: a bidder with coefficient rho has utility ``x ** (1 - rho)`` for gains, x for losses.

Source: Vickrey (1961); Milgrom and Weber (1982); Krishna, *Auction Theory*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.text import counted
from eqsolve.families.single_item_auction.instance.grid import BidGrid
from eqsolve.families.single_item_auction.instance.reading import (
    read_grid,
    read_number,
    read_values,
    read_whole,
)
from eqsolve.families.single_item_auction.instance.values import PrivateValues, ValueModel

if TYPE_CHECKING:
    from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["CLOCKS", "FORMATS", "TICKS", "SingleItemAuction"]

FORMATS = (
    "first_price", "second_price", "kth_price", "all_pay", "dutch", "english", "english_blind",
)  # fmt: skip
CLOCKS = ("dutch", "english", "english_blind")
TICKS = ("in_turn", "at_once")
RISKLESS = ("all_pay", "kth_price")
"""Formats in which losing may cost money, so that wealth would matter under risk aversion."""
MOST_BIDDERS = 1000
_SEALED = {"dutch": "first_price", "english": "second_price", "english_blind": "second_price"}


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class SingleItemAuction(Instance["SingleItemAuctionSolution"]):
    """One prize, n bidders, priors of their types, and the rule of payment.

    Parameters
    ----------
    format : one of `FORMATS`.
    n_bidders : n >= 1; may be left out where ``priors`` are given.
    values : ``{"model": "private", "prior": P}`` or ``{..., "priors": [P, ...]}``;
        ``{"model": "affiliated", "common": P, "private": P}``; ``{"model": "common", "value": P,
        "noise": a}``. A prior P is one of ``{"integers": [lo, hi]}``, ``{"points": [...],
        "weights": [...]}``, ``{"uniform": [lo, hi]}``, ``{"power": [lo, hi, a]}``,
        ``{"exponential": [rate, lo, hi]}``, ``{"normal": [mean, sd, lo, hi]}``, ``{"beta": [a, b,
        lo, hi]}``, ``{"histogram": {"edges", "weights"}}``, ``{"sample": [...]}``. Money units.
    k : which bid the winner of ``kth_price`` pays, 3 <= k <= n.
    bids : ``{"min", "max", "increment"}``; None: any bid >= 0.
    reserve : >= 0, money units.
    risk : CRRA coefficient in [0, 1), or one for each bidder, also by name; not with ``all_pay``,
        ``kth_price``.
    tick : ``"in_turn"`` or ``"at_once"``: how bidders of a clock are asked; None: in turn.
    name, labels, metadata : see `Instance`; the side is ``"bidders"``.

    Attributes
    ----------
    values : a `ValueModel`.
    bids : a `BidGrid` or None.
    risk : shape (n,).
    tick : None for formats without a clock.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost: O(n) and the size of the priors. Source: theory page, section 1.

    Examples
    --------
    >>> auction = SingleItemAuction(
    ...     "first_price", 3, {"model": "private", "prior": {"uniform": [0, 99]}}
    ... )
    >>> auction, auction.is_finite, auction.is_symmetric
    (<SingleItemAuction: first_price, 3 bidders, private values>, False, True)
    """

    kind: ClassVar[str] = "single_item_auction"

    format: str
    n_bidders: int
    values: ValueModel
    k: int | None
    bids: BidGrid | None
    reserve: float
    risk: FloatArray
    tick: str | None

    def __init__(
        self,
        format: object,
        n_bidders: object = None,
        values: object = None,
        *,
        k: object = None,
        bids: object = None,
        reserve: object = 0,
        risk: object = 0,
        tick: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        if format not in FORMATS:
            rule = f"no such format; {nearest_name(str(format), FORMATS)}"
            faults.append(Fault("format", rule, value=format))
        sides = NamedSides(faults, labels)
        if isinstance(values, Mapping) and not sides.silent:
            values = _in_order(values, sides)
        risk = sides.read(risk, "risk", "bidders")
        labels = sides.labels(labels)
        n = _bidders(n_bidders, values, faults)
        if values is None:
            faults.append(Fault("values", "required field is missing"))
        model = None if values is None else read_values(values, n, faults)
        if isinstance(model, PrivateValues) and n is None:
            n = len(model.priors)
        rank = _rank(format, k, n, faults)
        grid = read_grid(bids, faults)
        least = read_number(reserve, "reserve", faults)
        rho = _risk(risk, format, n, faults)
        self._settle(
            faults,
            name,
            labels,
            metadata,
            format=format,
            n_bidders=n,
            values=model,
            k=rank,
            bids=grid,
            reserve=least,
            risk=rho,
            tick=_tick(tick, format, faults),
        )

    @property
    def is_finite(self) -> bool:
        """Whether there are finitely many types and bids."""
        return self.bids is not None and self.values.is_finite

    @property
    def is_symmetric(self) -> bool:
        """Whether all bidders have one prior and one attitude to risk."""
        return self.values.is_symmetric and len(set(self.risk.tolist())) == 1

    @property
    def classes(self) -> tuple[int, ...]:
        """The class of each bidder: bidders of one prior and risk are of one class."""
        seen: list[tuple[object, float]] = []
        found = []
        for i in range(self.n_bidders):
            key = (self.values.own(i), float(self.risk[i]))
            if key not in seen:
                seen.append(key)
            found.append(seen.index(key))
        return tuple(found)

    @property
    def sealed_format(self) -> str:
        """The sealed-bid format by whose rule the winner pays."""
        return _SEALED.get(self.format, self.format)

    @property
    def price_rank(self) -> int:
        """Which accepted bid sets the price: 1 for the own one, 2 for the second, k."""
        if self.k is not None:
            return self.k
        return 2 if self.sealed_format == "second_price" else 1

    @property
    def support(self) -> tuple[float, float]:
        """Least and greatest type of any bidder."""
        ends = [self.values.support(i) for i in range(self.n_bidders)]
        return min(low for low, _ in ends), max(high for _, high in ends)

    @property
    def scale(self) -> float:
        """The largest number of money: a type or the reserve."""
        return max(*(abs(end) for end in self.support), self.reserve)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "format", self.format
        yield "n_bidders", self.n_bidders
        yield "values", self.values.to_dict()
        yield "k", self.k
        yield "bids", self.bids
        yield "reserve", self.reserve
        yield "risk", self.risk
        yield "tick", self.tick

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of bidders."""
        return {"bidders": self.n_bidders}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        word = self.format if self.k is None else f"{self.format} (k = {self.k})"
        people = counted(self.n_bidders, "bidder")
        return f"<SingleItemAuction{name}: {word}, {people}, {self.values.model} values>"


def _bidders(given: object, values: object, faults: list[Fault]) -> int | None:
    """Return the number of bidders, or None where `values` says it or after a fault."""
    if given is None:
        if isinstance(values, Mapping) and "priors" in values:
            return None
        if isinstance(values, PrivateValues):
            return len(values.priors)
        faults.append(Fault("n_bidders", "required field is missing"))
        return None
    n = read_whole(given, "n_bidders", faults, least=1)
    if n is not None and n > MOST_BIDDERS:
        faults.append(Fault("n_bidders", f"must be at most {MOST_BIDDERS}", value=n))
        return None
    if n is not None and isinstance(values, PrivateValues) and len(values.priors) != n:
        rule = f"has {len(values.priors)} priors, but n_bidders is {n}"
        faults.append(Fault("values", rule, ("priors",)))
    return n


def _rank(format: object, given: object, n: int | None, faults: list[Fault]) -> int | None:
    """Return k, or None for formats without one."""
    if format != "kth_price":
        if given is not None and format in FORMATS:
            faults.append(Fault("k", "is for the format 'kth_price' alone", value=given))
        return None
    if given is None:
        faults.append(Fault("k", "required field is missing: which bid the winner pays"))
        return None
    k = read_whole(given, "k", faults, least=3)
    if k is not None and n is not None and k > n:
        rule = f"must be at most n_bidders, {n}: there is no {k}-th bid"
        faults.append(Fault("k", rule, value=k))
    return k


def _in_order(values: Mapping[str, Any], sides: NamedSides) -> Mapping[str, Any]:
    """Return values with a list of priors where they are given by the names of the bidders."""
    priors = values.get("priors")
    if not isinstance(priors, Mapping):
        return values
    places = sides.learn(map(str, priors), "values.priors", "bidders")
    own = dict(zip(places, priors.values(), strict=True))
    return {**values, "priors": [own[place] for place in sorted(own)]}


def _risk(given: object, format: object, n: int | None, faults: list[Fault]) -> FloatArray | None:
    """Return the coefficient of each bidder."""
    listed = plain_numbers(given) if not isinstance(given, str | bytes | Mapping) else given
    listed = listed.tolist() if hasattr(listed, "tolist") else listed
    single = not isinstance(listed, list)
    entries = [given] if single else listed
    before = len(faults)
    found = []
    for i, entry in enumerate(entries):
        place = () if single else (i,)
        rho = read_number(entry, "risk", faults, place, most=1.0)
        if rho == 1.0:
            faults.append(Fault("risk", "must be a number in [0, 1)", place, entry))
        found.append(rho)
    if not single and n is not None and len(entries) != n:
        faults.append(Fault("risk", f"has {len(entries)} numbers, expected {n}, one a bidder"))
    if len(faults) > before:
        return None
    kept = [rho for rho in found if rho is not None]
    if any(kept) and format in RISKLESS:
        rule = f"must be 0 with {format!r}: losers' money is at stake, so wealth would matter"
        faults.append(Fault("risk", rule, value=given))
    return read_only(np.array(kept * (n or 1) if single else kept, dtype=np.float64))


def _tick(given: object, format: object, faults: list[Fault]) -> str | None:
    """Return the rule of ticks; None for formats without a clock."""
    if given is not None and given not in TICKS:
        rule = f"no such rule; {nearest_name(str(given), TICKS)}"
        faults.append(Fault("tick", rule, value=given))
        return None
    if format not in CLOCKS:
        if given is not None and format in FORMATS:
            faults.append(Fault("tick", f"is for clocks: {', '.join(CLOCKS)}", value=given))
        return None
    return TICKS[0] if given is None else str(given)
