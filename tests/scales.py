"""Numbers of uneven scale, for the test of every family that scales do not change answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

GREATEST = [1e6, 1e7, 1e9, 1e12, 1e13, 1e15, 1e16]


def uneven_numbers(*, whole: int | None = 2**60) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """Draw what the numbers of one instance look like.

    Parameters
    ----------
    whole : greatest whole number, from 2**50 on; None: none of these.
    """
    halves = st.integers(0, 20).map(lambda number: number / 2)
    kinds = [
        st.one_of(halves, halves, st.sampled_from(GREATEST)),
        st.one_of(st.integers(0, 10), st.integers(0, 10), st.sampled_from([10**6, 10**13, 10**15])),
        st.sampled_from([0.0, 2e-9, 1.0, 1 + 1e-9, 2.0, 2 + 1e-9, 2 + 2e-9, 3 + 1e-9]),
        st.sampled_from([0.0, 1e-9, 2e-9, 1.0, 2.5, 1e6, 1e6 + 1e-9, 1e15]),
        st.floats(1, 10),
    ]
    if whole is not None:
        near = [2**50, 2**52 + 1, 2**53, 2**55, 2**57, 2**60]
        kinds += [
            st.sampled_from([0, 1, 3, *(n + d for n in near for d in (-2, -1, 0) if n <= whole)])
        ]
    return st.sampled_from(kinds)


def exact(table: Any) -> Any:
    """Return nested lists with every number as a fraction; None stays."""
    if isinstance(table, list | tuple):
        return [exact(part) for part in table]
    return None if table is None else Fraction(table)
