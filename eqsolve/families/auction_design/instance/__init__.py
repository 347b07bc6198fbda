"""The instance of auction design and its parts.

``design`` is the instance, ``reading`` checks what files say of bidders, ``laws`` and ``worlds``
are how types are drawn, ``streams`` how generators are seeded, ``valuations`` what bundles are
worth, ``bundles`` bundles as bits.
"""

from eqsolve.families.auction_design.instance.design import AuctionDesign
from eqsolve.families.auction_design.instance.laws import FiniteLaw, Law
from eqsolve.families.auction_design.instance.valuations import Valuations

__all__ = ["AuctionDesign", "FiniteLaw", "Law", "Valuations"]
