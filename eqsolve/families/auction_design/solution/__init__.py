"""The solution of auction design and its parts.

``design`` is what is known once it is solved, ``mechanism`` mechanisms as plain arrays,
``documents`` mechanisms as JSON.
"""

from eqsolve.families.auction_design.solution.design import (
    BOUND_SOURCES,
    CERTIFICATE_DATA,
    SIDE_FILES,
    SOLUTION_FIELDS,
    Baseline,
    DesignSolution,
)

__all__ = [
    "BOUND_SOURCES",
    "CERTIFICATE_DATA",
    "SIDE_FILES",
    "SOLUTION_FIELDS",
    "Baseline",
    "DesignSolution",
]
