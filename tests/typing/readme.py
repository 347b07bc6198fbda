"""The lines of the README."""

import eqsolve

market = eqsolve.AssignmentMarket([[5, 8, 2], [7, 9, 6], [2, 3, 0]])
result = eqsolve.solve(market, prices="min")
solution = result.require()
shown_4 = solution.matching.tolist(), solution.welfare
shown_5 = solution.price_min.tolist(), solution.price_max.tolist()
shown_6 = eqsolve.verify(market, result).valid
