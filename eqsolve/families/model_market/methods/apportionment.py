"""D'Hondt apportionment: seats in proportion to votes, with every way to break ties.

Seats ``c`` with sum N are a D'Hondt apportionment of votes ``V`` if
``V[j] / c[j] >= V[l] / (c[l] + 1)`` for all j, l: nobody's next seat would be cheaper than
somebody's last. Condition (i) of NASH-2 says just this about the models in a support.

Source: d'Hondt 1882; Balinski and Young 1982 (the divisor method of Jefferson).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

__all__ = ["apportionments"]

_TIE = 1e-12


def apportionments(votes: Sequence[int | float], n_seats: int) -> Iterator[tuple[int, ...]]:
    """Yield every apportionment that gives each party at least one seat.

    Parameters
    ----------
    votes : > 0, one per party; whole numbers are compared exactly, others within 1e-12.
    n_seats : N.

    Notes
    -----
    Each party first gets its quota rounded down, which D'Hondt never undercuts; at most as many
    seats as there are parties remain, so the cost does not grow with N: O(k^2), and the number of
    ways to break ties.

    Examples
    --------
    >>> list(apportionments([6, 3], 3)), list(apportionments([3, 1], 2))
    ([(2, 1)], [])
    >>> list(apportionments([2, 2], 3))
    [(2, 1), (1, 2)]
    """
    k, total = len(votes), sum(votes)
    if k > n_seats or min(votes) <= 0:
        return
    exact = all(isinstance(vote, int) for vote in votes)
    margin = 0.0 if exact else _TIE
    seats = [
        max(1, int(vote * n_seats // total) if exact else int(vote * n_seats / total - 1e-6))
        for vote in votes
    ]
    while sum(seats) < n_seats:
        best = max(range(k), key=lambda j: _Quotient(votes[j], seats[j] + 1))
        seats[best] += 1
    if sum(seats) > n_seats:
        return
    last = min(_Quotient(votes[j], seats[j]) for j in range(k))
    raised = [j for j in range(k) if _Quotient(votes[j], seats[j]).near(last, margin)]
    open_ = [j for j in range(k) if _Quotient(votes[j], seats[j] + 1).near(last, margin)]
    if any(last < _Quotient(votes[j], seats[j] + 1) for j in range(k) if j not in open_):
        return
    floor = [seats[j] - (j in raised) for j in range(k)]
    tied = sorted({*raised, *open_})
    for chosen in combinations(tied, n_seats - sum(floor)):
        result = tuple(floor[j] + (j in chosen) for j in range(k))
        if min(result) > 0:
            yield result


class _Quotient:
    """``votes / seats``, compared by cross-multiplication, so exactly for whole numbers."""

    __slots__ = ("seats", "votes")

    def __init__(self, votes: int | float, seats: int) -> None:
        self.votes, self.seats = votes, seats

    def __lt__(self, other: _Quotient) -> bool:
        return self.votes * other.seats < other.votes * self.seats

    def near(self, other: _Quotient, margin: float) -> bool:
        """Return whether the quotients are equal up to a relative margin."""
        mine, theirs = self.votes * other.seats, other.votes * self.seats
        return abs(mine - theirs) <= margin * max(mine, theirs)
