"""Pictures of contracts, the default first: it fits one period, and else shows who gets what."""

from __future__ import annotations

from eqsolve.families.contract_mdp.pictures.learned import learning, nudges
from eqsolve.families.contract_mdp.pictures.places import contracts
from eqsolve.families.contract_mdp.pictures.shares import agency, costs, curve

__all__ = ["PICTURES"]

PICTURES = {
    "curve": curve,
    "agency": agency,
    "contracts": contracts,
    "costs": costs,
    "learning": learning,
    "nudges": nudges,
}
"""Name -> drawing function, the default first."""
