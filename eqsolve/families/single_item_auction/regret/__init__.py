"""How far strategies are from an equilibrium: the interim regret of every type (CERT-D, E, I, G).

Regret is money: what the best bid is worth to a type, in certainty equivalents, less what its own
is worth. One module finds it in one way:

``dominance``
    truth is dominant, and nobody regrets it (CERT-D).
``finite``
    finitely many types against all bids (CERT-E).
``staircase``
    continuous types on a grid of bids, at both ends of all steps (CERT-E).
``interval``
    continuous types and any bid: a proved bound (CERT-I).
``grid``
    affiliated and common values with continuous types, on a grid: no proof (CERT-G).

``every_type`` chooses among them for each class; ``lines`` is what two of them share.
"""

from eqsolve.families.single_item_auction.regret.dominance import truthful_dominates
from eqsolve.families.single_item_auction.regret.every_type import CELLS, Regret, regret_of

__all__ = ["CELLS", "Regret", "regret_of", "truthful_dominates"]
