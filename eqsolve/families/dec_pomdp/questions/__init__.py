"""What can be asked of models beside the main question; names in ``named``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.dec_pomdp.questions.named import QUESTIONS

__all__ = ["QUESTIONS"]

__getattr__, __dir__ = lazy_names(__name__, {"named": ("QUESTIONS",)})
