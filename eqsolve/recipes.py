"""`generate`: random and structured instances from named recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eqsolve.core.arguments import require_count
from eqsolve.core.options import check_options, parse_options
from eqsolve.core.recipe import Recipe, find_recipe
from eqsolve.registry import get_family

__all__ = ["generate", "instances", "recipe_of", "recipes"]


def recipes(kind: str) -> tuple[type[Recipe], ...]:
    """Return the recipes of a kind, the default first.

    Raises
    ------
    OptionError : no such kind.
    """
    found: tuple[type[Recipe], ...] = get_family(kind).entries("generate", "RECIPES", Recipe)
    return found


def recipe_of(kind: str, name: str | None, options: Mapping[str, Any], *, texts: bool) -> Recipe:
    """Return a recipe with its settings, which are values, or texts as on the command line.

    Raises
    ------
    OptionError : no such kind, recipe or option, or an impossible value.
    """
    chosen = find_recipe(recipes(kind), name)
    title = f"recipe {chosen.name!r}"
    if texts:
        return chosen(**parse_options(chosen, title, options))
    check_options(chosen, title, options)
    return chosen(**options)


def instances(recipe: Recipe, count: int, seed: int) -> Iterator[Any]:
    """Yield instances 0, 1, ... of a seed; each is the same whatever the count.

    Raises
    ------
    OptionError : a count below 1 or a seed below 0.
    """
    require_count(count, "count", 1)
    require_count(seed, "seed")
    return (recipe.instance(seed, index) for index in range(count))


def generate(
    kind: str,
    *,
    recipe: str | None = None,
    count: int = 1,
    seed: int = 0,
    output: str | Path | None = None,
    **options: Any,
) -> list[Any]:
    """Return instances of a kind, as ``eqsolve generate`` writes them.

    Parameters
    ----------
    kind : of the instances.
    recipe : a name; None takes the kind's first.
    count : how many; instance k of a seed is the same whatever the count.
    seed : same seed, same instances.
    output : a folder (one file each), or a ``.jsonl`` file, into which they are written as well.
    **options : settings of the recipe.

    Raises
    ------
    OptionError : no such kind, recipe or option, or an impossible value.
    OSError : the output cannot be written.

    Notes
    -----
    Cost: O(size of the instances). Sources: each recipe names its own.

    Examples
    --------
    >>> first, second = generate("assignment_market", count=2, seed=7, buyers=3)
    >>> again = generate("assignment_market", seed=7, buyers=3)
    >>> first.n_buyers, first == second, [first] == again
    (3, False, True)
    """
    found = list(instances(recipe_of(kind, recipe, options, texts=False), count, seed))
    if output is not None:
        from eqsolve.io.collections import write_instances

        write_instances(found, str(output))
    return found
