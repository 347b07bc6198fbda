"""Hypothesis strategies for model markets: ties, equal models, zeros, single agents."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.model_market.instance import ModelMarket

__all__ = ["model_markets", "rival_model_markets"]


@st.composite
def model_markets(
    draw: Any,
    *,
    max_models: int = 5,
    max_types: int = 4,
    max_platforms: int = 5,
    rule: str | None = None,
    max_score: int = 4,
    fractions: bool = True,
) -> ModelMarket:
    """Draw a small market.

    Parameters
    ----------
    max_models, max_types, max_platforms : sizes go from 1 to these.
    rule : ``"hardmax"``, ``"softmax"``, or None for either.
    max_score : scores are whole numbers from 0 to this, so that ties are common.
    fractions : whether scores and weights may be thirds, so that nothing is exact.
    """
    n_types = draw(st.integers(1, max_types))
    row = st.lists(st.integers(0, max_score), min_size=n_types, max_size=n_types)
    scores = draw(st.lists(row, min_size=1, max_size=max_models))
    if len(scores) < max_models and draw(st.booleans()):
        scores.append(list(scores[0]))  # an equal model
    weights = draw(st.lists(st.integers(1, 3), min_size=n_types, max_size=n_types))
    n_platforms = draw(st.integers(1, max_platforms))
    if fractions and draw(st.booleans()):
        scores = [[score / 3 for score in row] for row in scores]
        weights = [weight / 3 for weight in weights]
    chosen = rule or draw(st.sampled_from(["hardmax", "softmax"]))
    choice: Any = "hardmax"
    if chosen == "softmax":
        choice = {"rule": "softmax", "beta": draw(st.sampled_from([0.0, 0.1, 1.0, 3.0, 10.0]))}
    return ModelMarket(scores, weights, n_platforms, choice)


@st.composite
def rival_model_markets(draw: Any, *, models: int = 3, types: int = 3) -> ModelMarket:
    """Draw a small hardmax market without ties, where models excel at different types.

    Parameters
    ----------
    models, types : sizes; the scores are 1, 2, ... in any order, platforms are two or three.
    """
    order = draw(st.permutations(range(1, models * types + 1)))
    scores = [order[k * types : (k + 1) * types] for k in range(models)]
    weights = draw(st.lists(st.integers(1, 3), min_size=types, max_size=types))
    return ModelMarket(scores, weights, draw(st.integers(2, 3)))
