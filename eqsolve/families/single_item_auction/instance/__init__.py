"""The instance of single-item auctions and its parts.

``auction`` is the instance, ``values`` how types and worths hang together, ``priors`` how single
numbers are drawn, ``grid`` which bids there are, ``reading`` checks what files say.
"""

from eqsolve.families.single_item_auction.instance.auction import (
    CLOCKS,
    FORMATS,
    TICKS,
    SingleItemAuction,
)
from eqsolve.families.single_item_auction.instance.grid import BidGrid
from eqsolve.families.single_item_auction.instance.priors import FinitePrior, Prior
from eqsolve.families.single_item_auction.instance.values import (
    AffiliatedValues,
    CommonValues,
    PrivateValues,
    State,
    ValueModel,
)

__all__ = [
    "CLOCKS",
    "FORMATS",
    "TICKS",
    "AffiliatedValues",
    "BidGrid",
    "CommonValues",
    "FinitePrior",
    "Prior",
    "PrivateValues",
    "SingleItemAuction",
    "State",
    "ValueModel",
]
