"""What was elicited: reports, every query with its answer, what was learned, and who gets what.

``record`` is the whole, ``parts`` what it is made of; ``schema`` is the form of files and
``documents`` reads them.
"""

from eqsolve.families.course_elicitation.solution.parts import (
    Failure,
    Placement,
    Query,
    Utilities,
    utilities_of,
)
from eqsolve.families.course_elicitation.solution.record import ElicitationRecord
from eqsolve.families.course_elicitation.solution.schema import (
    CERTIFICATE_DATA,
    SIDE_FILES,
    SOLUTION_FIELDS,
    USAGE,
)

__all__ = [
    "CERTIFICATE_DATA",
    "SIDE_FILES",
    "SOLUTION_FIELDS",
    "USAGE",
    "ElicitationRecord",
    "Failure",
    "Placement",
    "Query",
    "Utilities",
    "utilities_of",
]
