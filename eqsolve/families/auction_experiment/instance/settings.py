"""How a round goes: what chat bidders are asked and shown, and the rules of proxy bidding."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

__all__ = ["CLOSINGS", "ORDERS", "Protocol", "ProxyRules"]

CLOSINGS = ("hard", "soft")
ORDERS = ("random", "seats")


@dataclass(frozen=True)
class Protocol:
    """What is asked of and shown to chat bidders in a round.

    Parameters
    ----------
    plan : a plan is asked for before the type is shown.
    reflect : what was learned is asked for after the outcome, but for the last round.
    show_history : earlier rounds are shown.
    show_bids : all bids are shown after a round, and not the bidder's own alone.
    """

    plan: bool = True
    reflect: bool = True
    show_history: bool = True
    show_bids: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return all four as files say them."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


@dataclass(frozen=True)
class ProxyRules:
    """Proxy bidding over several periods (AUC-12).

    Parameters
    ----------
    periods : number of periods, >= 1.
    closing : ``"hard"``: after them nothing is accepted; ``"soft"``: one more period follows
        whenever a maximum rose in the last.
    max_extensions : how many more periods there are at most; None: any number.
    hidden_reserve : nothing is sold at a final price below it.
    order : in which order bidders move in a period: ``"random"`` or ``"seats"``.
    """

    periods: int
    closing: str = "hard"
    max_extensions: int | None = None
    hidden_reserve: int | float = 0
    order: str = "random"

    def to_dict(self) -> dict[str, Any]:
        """Return the rules as files say them; fields at their defaults are left out."""
        usual = ProxyRules(self.periods)
        return {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if entry.name == "periods" or getattr(self, entry.name) != getattr(usual, entry.name)
        }
