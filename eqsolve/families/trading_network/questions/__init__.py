"""What can be asked of trading networks beside the main question; names in ``named``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.trading_network.questions.named import QUESTIONS

__all__ = ["QUESTIONS"]

__getattr__, __dir__ = lazy_names(__name__, {"named": ("QUESTIONS",)})
