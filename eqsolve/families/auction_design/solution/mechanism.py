"""Mechanisms as plain arrays: sequences of menus, direct mechanisms, scores of one item, networks.

A sequential mechanism shows each bidder, in a fixed order, a menu over the items that are left;
with one bidder it is that menu. The null entry (nothing, for 0) is always there and never listed. A
menu lists lotteries over bundles with prices (`Menu`), or says how prices add up (`Tariff`). A
direct mechanism lists an outcome for every profile of types. With one item, the highest score wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from eqsolve.core.archive import Archive
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, read_only
from eqsolve.core.shown import Shown

__all__ = [
    "PLACES",
    "DirectMechanism",
    "ItemAuctions",
    "Mechanism",
    "Menu",
    "PolicyMechanism",
    "ScoreMechanism",
    "SequentialMechanism",
    "State",
    "Tariff",
]


PLACES = 12
"""Inputs of a network that say at which place of the order the bidder comes."""


@dataclass(frozen=True, slots=True, repr=False)
class State(Shown):
    """When a menu is shown.

    Parameters
    ----------
    bidder : to whom.
    remaining : the items left, rising; None: see `n_remaining`.
    n_remaining : how many are left, whichever; None (and no `remaining`): all states not listed
        otherwise. Exactly these items come before their number, and that before all.
    """

    bidder: int = 0
    remaining: tuple[int, ...] | None = None
    n_remaining: int | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Menu(Shown):
    """Entries: lotteries over bundles, with prices.

    Parameters
    ----------
    state : when it is shown.
    bundles : shape (J, D, m): entry j is a lottery over ``bundles[j]``.
    weights : shape (J, D), >= 0; what is missing to 1 in a row is "nothing".
    prices : shape (J,).
    worth : shape (J,), what the seller expects to earn later after the entry, less what he does
        after the null entry; None: 0. It only decides ties.

    Notes
    -----
    An entry is offered where all its bundles of positive weight are left.

    Examples
    --------
    >>> menu = Menu.deterministic(State(), np.array([[True, False], [True, True]]), [1.0, 1.5])
    >>> menu.bundles.shape, menu.n_entries
    ((2, 1, 2), 2)
    """

    state: State
    bundles: BoolArray
    weights: FloatArray
    prices: FloatArray
    worth: FloatArray | None = None

    def __post_init__(self) -> None:
        kinds = (("bundles", np.bool_), ("weights", np.float64), ("prices", np.float64))
        for name, kind in kinds:
            array = read_only(np.asarray(getattr(self, name), dtype=kind))
            object.__setattr__(self, name, array)
        if self.worth is not None:
            object.__setattr__(self, "worth", read_only(np.asarray(self.worth, np.float64)))

    @classmethod
    def deterministic(
        cls,
        state: State,
        bundles: BoolArray,
        prices: npt.ArrayLike,
        worth: FloatArray | None = None,
    ) -> Menu:
        """Return a menu of bundles, shape (J, m), for prices, shape (J,)."""
        ones = np.ones((len(bundles), 1))
        return cls(state, bundles[:, None, :], ones, np.asarray(prices, np.float64), worth)

    @property
    def n_entries(self) -> int:
        """Number of entries, without the null entry."""
        return len(self.prices)

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return int(self.bundles.shape[2])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tariff(Shown):
    """Every bundle, for a fee, the prices of its items and a price of its size, summed.

    Parameters
    ----------
    state : when it is shown.
    fee : >= 0, for any bundle.
    item_prices : shape (m,), >= 0, infinite where an item is not sold; None: 0 each.
    size_prices : shape (m,), >= 0, of bundles of 1, 2, ... items, infinite where not sold; None: 0.
    """

    state: State
    fee: float = 0.0
    item_prices: FloatArray | None = None
    size_prices: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("item_prices", "size_prices"):
            if getattr(self, name) is not None:
                array = read_only(np.asarray(getattr(self, name), dtype=np.float64))
                object.__setattr__(self, name, array)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SequentialMechanism(Shown):
    """A menu for each bidder and state, bidders in a fixed order.

    Parameters
    ----------
    n_items : m.
    order : the bidders in the order in which they come.
    menus : of states; where none is listed nothing is sold.
    """

    kind: ClassVar[str] = "sequential"

    n_items: int
    order: tuple[int, ...]
    menus: tuple[Menu | Tariff, ...]
    _shown: dict[State, Menu | Tariff] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for menu in self.menus:
            self._shown.setdefault(menu.state, menu)

    def menu(self, bidder: int, remaining: tuple[int, ...]) -> Menu | Tariff | None:
        """Return what a bidder is shown when these items (rising) are left, None for nothing."""
        states = (
            State(bidder, remaining), State(bidder, None, len(remaining)), State(bidder),
        )  # fmt: skip
        return next((self._shown[state] for state in states if state in self._shown), None)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DirectMechanism(Shown):
    """An outcome for every profile of types.

    Parameters
    ----------
    ic : ``"dsic"`` (truth is best whatever others say) or ``"bic"`` (on average over their types).
    profiles : int64, shape (P, n), type of every bidder.
    atoms : int64, shape (P + 1,): the lottery of profile p is ``atoms[p]:atoms[p + 1]``; what is
        missing to 1 is "nobody gets anything".
    chances : shape (A,).
    owners : int64, shape (A, m), who gets each item, -1 for nobody.
    payments : shape (P, n), expected over the lottery.
    """

    kind: ClassVar[str] = "direct"

    ic: Literal["dsic", "bic"]
    profiles: IntArray
    atoms: IntArray
    chances: FloatArray
    owners: IntArray
    payments: FloatArray

    def __post_init__(self) -> None:
        for name in ("profiles", "atoms", "chances", "owners", "payments"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return int(self.owners.shape[1])

    @property
    def n_bidders(self) -> int:
        """Number of bidders, n."""
        return int(self.profiles.shape[1])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreMechanism(Shown):
    """One item goes to the highest positive score; the winner pays the least value that wins.

    Scores rise with values, so that truth is dominant. Ties go to the lowest index.

    Parameters
    ----------
    values, scores : for each bidder, both rising and equally long.
    linear : for each bidder: True: scores lie on lines between the given ones and beyond; False:
        the score of a value is ``scores[k]`` for the last k with ``values[k] <= value``, below 0
        where there is none.
    """

    kind: ClassVar[str] = "direct"
    ic: ClassVar[str] = "dsic"

    values: tuple[FloatArray, ...]
    scores: tuple[FloatArray, ...]
    linear: tuple[bool, ...]

    def __post_init__(self) -> None:
        for name in ("values", "scores"):
            rows = tuple(read_only(np.asarray(row, np.float64)) for row in getattr(self, name))
            object.__setattr__(self, name, rows)

    @property
    def n_items(self) -> int:
        """There is one item."""
        return 1

    @property
    def n_bidders(self) -> int:
        """Number of bidders, n."""
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PolicyMechanism(Shown):
    """A sequence of menus that a network computes from the state; played with numpy alone.

    Parameters
    ----------
    n_items : m.
    order : the bidders in the order in which they come.
    weights : arrays ``w0``, ``b0``, ``w1``, ..., and ``scale``, shape (1,), times which prices are.
    form : ``"entry_fee"`` (a fee and item prices) or ``"bundles"`` (a price of every bundle).
    layers : widths, from the input to the output.
    activation : between layers.
    """

    kind: ClassVar[str] = "sequential"

    n_items: int
    order: tuple[int, ...]
    weights: Archive
    form: Literal["entry_fee", "bundles"]
    layers: tuple[int, ...]
    activation: Literal["tanh"] = "tanh"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ItemAuctions(Shown):
    """An auction of every item, all at once, for bidders whose values add up.

    Parameters
    ----------
    auctions : one by scores for each item.
    """

    kind: ClassVar[str] = "direct"
    ic: ClassVar[str] = "dsic"

    auctions: tuple[ScoreMechanism, ...]

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return len(self.auctions)

    @property
    def n_bidders(self) -> int:
        """Number of bidders, n."""
        return self.auctions[0].n_bidders


Mechanism = SequentialMechanism | DirectMechanism | ScoreMechanism | ItemAuctions | PolicyMechanism
"""What a method designs."""
