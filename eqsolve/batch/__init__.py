"""Level 4: many instances, a store that loses nothing, workers that may die.

The package is its verb too: ``eqsolve.batch(paths, store)`` is `eqsolve.batch.verb.batch`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    """A package that can be called: the name stands for both, whichever is imported first."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Return what `eqsolve.batch.verb.batch` returns."""
        from eqsolve.batch.verb import batch

        return batch(*args, **options)


sys.modules[__name__].__class__ = _Verb
