"""Recipes: seeded random and structured instances, as frozen values with their source.

A family has one tuple ``RECIPES`` in its ``generate`` module; the first is the default. Options
are the fields of the recipe, in the library and on the command line alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.core.options import check_options

__all__ = ["Recipe", "find_recipe", "make_recipe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Base of every recipe.

    Attributes
    ----------
    name : how users select it (``--option recipe=NAME``).
    summary : one line.
    source : paper or library the distribution comes from, or empty.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str] = ""

    def build(self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]) -> Any:
        """Return one instance with the given name and metadata; draw only from `rng`."""
        raise NotImplementedError

    def instance(self, seed: int, index: int = 0) -> Any:
        """Return instance number `index` of a seed; independent of how many are made."""
        rng = np.random.default_rng([seed, index])
        record = {
            "generator": self.name,
            "options": asdict(self),
            "seed": seed,
            "index": index,
        }
        if self.source:
            record["source"] = self.source
        return self.build(rng, name=f"{self.name}-{seed}-{index}", metadata=record)


def find_recipe(recipes: Sequence[type[Recipe]], choice: str | None) -> type[Recipe]:
    """Return the recipe of a name, the first one for None.

    Raises
    ------
    OptionError : unknown recipe; names the nearest.
    """
    by_name = {recipe.name: recipe for recipe in recipes}
    wanted = recipes[0].name if choice is None else choice
    if wanted not in by_name:
        raise OptionError(f"unknown recipe {wanted!r}; {nearest_name(wanted, by_name)}")
    return by_name[wanted]


def make_recipe(
    recipes: Sequence[type[Recipe]], choice: str | None, options: Mapping[str, Any]
) -> Recipe:
    """Return the recipe of a name (None: the first) with the given options.

    Raises
    ------
    OptionError : unknown recipe or option, or an impossible value.
    """
    chosen = find_recipe(recipes, choice)
    check_options(chosen, f"recipe {chosen.name!r}", options)
    return chosen(**options)
