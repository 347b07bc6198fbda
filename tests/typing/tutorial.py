"""The lines of the tutorial, docs/tutorial/first-equilibrium.md."""

import eqsolve

market = eqsolve.AssignmentMarket(
    [[5, 8, 2], [7, 9, 6], [2, 3, 0]],
    labels={"buyers": ["Ann", "Bob", "Cleo"], "sellers": ["mill", "manor", "hut"]},
)
result = eqsolve.solve(market)
shown_3 = result.status.value
solution = result.require()
shown_5 = [market.label("sellers", seller) for seller in solution.matching]
shown_6 = solution.welfare
shown_7 = solution.price_min.tolist()
shown_8 = solution.price_max.tolist()
shown_9 = eqsolve.solve(market, prices="mid").require().prices.tolist()
report = eqsolve.verify(market, result)
print(report)
from dataclasses import replace
import numpy as np

wrong = replace(solution, prices=np.array([1, 5, 1]))
print(eqsolve.verify(market, wrong))
from pathlib import Path

_ = Path("rooms.csv").write_text("who;garden;attic\nAnn;5,5;8\nBob;7;9\n")
rooms = eqsolve.load("rooms.csv", kind="assignment_market")
found = eqsolve.solve(rooms)
shown_20 = found["Ann"]["seller"]
print(eqsolve.to_csv(rooms, found), end="")
