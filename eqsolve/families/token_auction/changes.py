"""An auction with some of its fields changed, everything else as it is."""

from __future__ import annotations

from eqsolve.families.token_auction.files import write
from eqsolve.families.token_auction.instance import TokenAuction

__all__ = ["changed", "with_bids", "with_payment"]


def with_bids(auction: TokenAuction, bids: object) -> TokenAuction:
    """Return the auction with other bids.

    Raises
    ------
    InstanceError : bids that are none.
    """
    return changed(auction, bids=bids)


def with_payment(auction: TokenAuction, payment: str) -> TokenAuction:
    """Return the auction with another payment rule.

    Raises
    ------
    InstanceError : the rule does not go with the aggregation.
    """
    return changed(auction, payment=payment)


def changed(auction: TokenAuction, **new: object) -> TokenAuction:
    """Return the auction with other fields."""
    fields = {**write(auction), **new}
    if auction.models:  # as they are: their files need not lie here
        fields["models"] = list(auction.models)
    if auction.reserve_model is not None:
        fields["reserve"] = {"bid": auction.reserve_bid, "model": auction.reserve_model}
    labels = {side: list(names) for side, names in auction.labels.items()}
    return TokenAuction(fields.pop("bids"), **fields, name=auction.name, labels=labels)
