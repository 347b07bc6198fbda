"""What else can be asked of auction designs."""

from eqsolve.families.auction_design.questions.named import QUESTIONS

__all__ = ["QUESTIONS"]
