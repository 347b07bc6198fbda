"""Auction design: how buyers' valuations are distributed, and nothing else.

There are m items, one unit each. Bidder i has a type, drawn from its law independently of the
others; a type has a value >= 0 for every bundle, 0 for nothing. Utility is value minus payment.
Values need not be monotone. A mechanism is to be designed that earns as much as possible.

Sources: Myerson (1981); Rochet (1987); Cai, Devanur and Weinberg (2016); Duetting et al. (2024).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, require_whole
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.families.auction_design.instance.laws import FiniteLaw, Law
from eqsolve.families.auction_design.instance.named import named_bidders
from eqsolve.families.auction_design.instance.reading import read_bidder

if TYPE_CHECKING:
    from eqsolve.families.auction_design.solution.design import DesignSolution

__all__ = ["AuctionDesign"]

MOST_ITEMS = 1_000_000
"""Each has a law of its own."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AuctionDesign(Instance["DesignSolution"]):
    """Items, and the law of every bidder's type.

    Parameters
    ----------
    n_items : number of items, m.
    bidders : for each bidder, or group of identical ones, a mapping with one of

        - ``types``: list of ``{"probability": w, VALUATION}``, where VALUATION is one of ``values``
          (2**m, by bundle number), ``additive`` (m), ``unit_demand`` (m), ``bids`` ([[items,
          price], ...], XOR);
        - ``samples``: lists ``bidder``, ``items``, ``price``: each bidder is one draw;
        - ``distribution``: ``valuation``, ``items`` and ``extra``;
        - ``world``: ``kind``, ``seed`` and settings;

        and optionally ``count``, how many such bidders there are; or a `Law`.
    order : order of the bidders in sequential mechanisms, by default that of their indices.
    name, labels, metadata : see `Instance`; sides are ``"bidders"`` and ``"items"``.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(size of the lists). Source: Conitzer and Sandholm (2002), theory MEC.

    Examples
    --------
    >>> types = [{"probability": 2, "unit_demand": [4, 1]}, {"probability": 1, "additive": [3, 3]}]
    >>> design = AuctionDesign(2, [{"types": types}])
    >>> design, design.laws[0].probabilities.round(3).tolist()
    (<AuctionDesign: 1 bidders, 2 items>, [0.667, 0.333])
    """

    kind: ClassVar[str] = "auction_design"

    n_items: int
    groups: tuple[tuple[Law, int], ...]
    order: tuple[int, ...]

    def __init__(
        self,
        n_items: object,
        bidders: object,
        order: object = None,
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        bidders, labels = named_bidders(bidders, NamedSides(faults, labels))
        m = n_items
        if not isinstance(m, int | np.integer) or isinstance(m, bool) or m < 0:
            faults.append(Fault("n_items", "must be a whole number >= 0", value=m))
            self._settle(faults, name, labels, metadata)
        assert isinstance(m, int | np.integer)
        if m > MOST_ITEMS:
            faults.append(Fault("n_items", f"must be at most {MOST_ITEMS}", value=m))
            self._settle(faults, name, labels, metadata)
        groups: list[tuple[Law, int]] = []
        if not isinstance(bidders, Sequence) or isinstance(bidders, str | bytes) or not bidders:
            rule = "must be a list with at least one bidder"
            shown = None if isinstance(bidders, list | tuple) else bidders
            faults.append(Fault("bidders", rule, value=shown))
        else:
            for place, entry in enumerate(bidders):
                law, count = read_bidder(entry, f"bidders[{place}]", int(m), faults)
                if law is not None and count is not None:
                    groups.append((law, count))
        n = sum(count for _, count in groups)
        settled = tuple(range(n)) if order is None else _order(order, n, faults)
        self._settle(
            faults,
            name,
            labels,
            metadata,
            n_items=int(m),
            groups=tuple(groups),
            order=settled,
        )

    @property
    def laws(self) -> tuple[Law, ...]:
        """The law of every bidder, identical ones repeated."""
        return tuple(law for law, count in self.groups for _ in range(count))

    @property
    def n_bidders(self) -> int:
        """Number of bidders, n."""
        return sum(count for _, count in self.groups)

    @property
    def is_finite(self) -> bool:
        """Whether every bidder has finitely many types."""
        return all(isinstance(law, FiniteLaw) for law, _ in self.groups)

    @property
    def scale(self) -> float:
        """About the greatest value."""
        return max((law.scale for law, _ in self.groups), default=0.0)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "n_items", self.n_items
        for place, (law, count) in enumerate(self.groups):
            yield f"{place}.count", count
            yield f"{place}.form", law.form
            yield from ((f"{place}.{key}", value) for key, value in law.content())
        yield "order", self.order

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of bidders and items."""
        return {"bidders": self.n_bidders, "items": self.n_items}


def _order(given: object, n: int, faults: list[Fault]) -> tuple[int, ...]:
    """Return the order of the bidders, empty after a fault."""
    if isinstance(given, str) and given in ("best", "given"):
        rule = f"must be a list of bidders; {given!r} is an option of solve: --option order={given}"
        faults.append(Fault("order", rule, value=given))
        return ()
    before = len(faults)
    numbers = as_numbers(given, "order", (None,), faults)
    if numbers is None or not require_whole(faults, "order", numbers):
        return ()
    found = tuple(int(i) for i in numbers)
    if len(faults) == before and sorted(found) != list(range(n)):
        rule = f"must name each of the {n} bidders once"
        faults.append(Fault("order", rule, value=list(found)))
    return found
