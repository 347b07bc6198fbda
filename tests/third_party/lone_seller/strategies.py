"""Small markets with ties."""

from __future__ import annotations

from hypothesis import strategies as st

from lone_seller.instance import LoneSeller

__all__ = ["lone_sellers"]


def lone_sellers() -> st.SearchStrategy[LoneSeller]:
    """Draw values from 0 to 3."""
    return st.lists(st.integers(0, 3), min_size=1, max_size=4).map(LoneSeller)
