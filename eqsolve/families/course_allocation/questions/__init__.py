"""What can be asked of course allocations beside the main question; names in ``named``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.course_allocation.questions.named import QUESTIONS

__all__ = ["QUESTIONS"]

__getattr__, __dir__ = lazy_names(__name__, {"named": ("QUESTIONS",)})
