"""Two different questions: what do we have (`Status`), and what stopped the run early (`Limit`).

==============================================  ==============  ==========  ==========
what happened                                   status          limit       solution
==============================================  ==============  ==========  ==========
equilibrium found, or the best one proved       SOLVED          --          yes
approximation finished, guarantee known         FEASIBLE        --          yes
a limit was hit with a checked solution         FEASIBLE        that limit  yes
proved that there is no equilibrium             NO_EQUILIBRIUM  --          no
a limit was hit with nothing to show            UNKNOWN         that limit  no
==============================================  ==============  ==========  ==========
"""

from __future__ import annotations

import enum

__all__ = ["Limit", "Status"]


class Status(enum.Enum):
    """What a result holds; the value is the word in solution files.

    Examples
    --------
    >>> Status("no_equilibrium").meaning
    'it is proved that no equilibrium of the kind asked for exists'
    """

    SOLVED = "solved"
    FEASIBLE = "feasible"
    NO_EQUILIBRIUM = "no_equilibrium"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        """One sentence for the user."""
        return _MEANING[self]


class Limit(enum.Enum):
    """What stopped a run before it had answered the question.

    Examples
    --------
    >>> [limit.value for limit in Limit]  # doctest: +NORMALIZE_WHITESPACE
    ['time', 'iterations', 'nodes', 'solutions', 'gap', 'support', 'backend', 'cost', 'requests',
     'interrupted']
    """

    TIME = "time"
    ITERATIONS = "iterations"
    NODES = "nodes"
    SOLUTIONS = "solutions"
    GAP = "gap"
    SUPPORT = "support"
    BACKEND = "backend"
    COST = "cost"
    REQUESTS = "requests"
    INTERRUPTED = "interrupted"

    @property
    def meaning(self) -> str:
        """A few words for the user."""
        if self is Limit.BACKEND:
            return "stopped by the failure of a foreign solver or model"
        if self is Limit.SUPPORT:
            return "stopped where no choice is left that all allow"
        return self.value if self is Limit.INTERRUPTED else f"stopped by the {self.value} limit"


_MEANING = {
    Status.SOLVED: "the question is answered with proof",
    Status.FEASIBLE: "a checked solution; that it is best or complete is not proved",
    Status.NO_EQUILIBRIUM: "it is proved that no equilibrium of the kind asked for exists",
    Status.UNKNOWN: "neither a solution nor a proof was found",
}
