"""Cuts from rearrangements that buyers prefer."""

from __future__ import annotations

import numpy as np

from eqsolve import DeliveryMarket
from eqsolve.families.delivery_market.methods.cuts import rearrangement_cuts
from eqsolve.families.delivery_market.methods.program import Program
from eqsolve.families.delivery_market.supported import examine


def test_without_tips_no_courier_has_a_part_in_a_cut() -> None:
    """The orders that buyers prefer are weighed by their values, whatever delivering costs."""
    market = DeliveryMarket([[5, 1], [1, 4]], np.full((2, 2, 2), 7), tips=False)
    examined = examine(market, np.array([[0, 1, 0], [1, 0, 1]]))
    assert examined.gain > 0
    program = Program(market, "auto")
    assert rearrangement_cuts(program, market, examined) == 1
    cut = program.cuts[0]
    assert cut.least == 9
    assert not cut.wages.any()
    assert not cut.busy.any()
    assert cut.orders.tolist() == [[5, 1], [1, 4]]
