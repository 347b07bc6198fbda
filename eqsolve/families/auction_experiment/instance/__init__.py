"""The instance of auction experiments and its parts.

``experiment`` is the instance, ``bidders`` who sits in the seats, ``settings`` the protocol and the
rules of proxy bidding, ``reading`` checks what files say.
"""

from __future__ import annotations

from eqsolve.families.auction_experiment.instance.bidders import (
    INTERVENTIONS,
    RULES,
    Bidder,
    Chat,
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
from eqsolve.families.auction_experiment.instance.experiment import DRAWS, AuctionExperiment
from eqsolve.families.auction_experiment.instance.settings import (
    CLOSINGS,
    ORDERS,
    Protocol,
    ProxyRules,
)
from eqsolve.families.auction_experiment.instance.texts import TEMPLATES

__all__ = [
    "CLOSINGS",
    "DRAWS",
    "INTERVENTIONS",
    "ORDERS",
    "RULES",
    "TEMPLATES",
    "AuctionExperiment",
    "Bidder",
    "Chat",
    "Crra",
    "Cursed",
    "Equilibrium",
    "Fixed",
    "Function",
    "LevelK",
    "Noisy",
    "Protocol",
    "ProxyRules",
    "Quantal",
    "Random",
    "Shade",
    "Truthful",
]
