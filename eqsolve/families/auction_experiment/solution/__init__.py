"""What was played: every round with types, bids, winner, price and money, and what follows from it.

``record`` is the whole, ``rounds`` its parts; ``schema`` is the form of files and ``documents``
reads them.
"""

from eqsolve.families.auction_experiment.solution.record import ExperimentRecord
from eqsolve.families.auction_experiment.solution.rounds import (
    Action,
    Failure,
    Number,
    Round,
    plain,
)
from eqsolve.families.auction_experiment.solution.schema import (
    BENCHMARKS,
    CERTIFICATE_DATA,
    SOLUTION_FIELDS,
    STATISTICS,
    USAGE,
)

__all__ = [
    "BENCHMARKS",
    "CERTIFICATE_DATA",
    "SOLUTION_FIELDS",
    "STATISTICS",
    "USAGE",
    "Action",
    "ExperimentRecord",
    "Failure",
    "Number",
    "Round",
    "plain",
]
