"""Values drawn from a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.recipe import Recipe
from lone_seller.instance import LoneSeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(Recipe):
    """Whole values from 0 to `largest`."""

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "whole values, uniform"

    buyers: int = 3
    largest: int = 10

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> LoneSeller:
        """Draw the values."""
        values = rng.integers(0, self.largest + 1, self.buyers)
        return LoneSeller(values, name=name, metadata=metadata)


RECIPES = (Uniform,)
