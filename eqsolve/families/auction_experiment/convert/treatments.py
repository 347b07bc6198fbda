"""What the sessions of a folder were: the auction that its name stands for, or that options say.

The names are those of the authors: ``private_second_price``, ``affiliated_ac_closed``,
``common_spsb_4``, ``intervention_menu``, ``robust_fpsb_yen``, ``ebay_closing_rule_...``. Bids lie
on whole numbers up to the largest type that there can be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.families.single_item_auction.instance import FORMATS, SingleItemAuction

__all__ = ["MODELS", "auction_of"]

MODELS = ("private", "affiliated", "common")

_FORMATS = (
    ("ac_closed", "english_blind"),
    ("clock_blind", "english_blind"),
    ("affiliated_ac", "english"),
    ("ascending", "english"),
    ("first_price", "first_price"),
    ("fpsb", "first_price"),
    ("third_price", "kth_price"),
    ("all_pay", "all_pay"),
    ("dutch", "dutch"),
    ("second_price", "second_price"),
    ("spsb", "second_price"),
    ("intervention", "second_price"),
    ("ebay", "second_price"),
)
"""What stands in a name, the first that does, and the format that it means."""

_AFFILIATED = re.compile("affiliated|apv")
_COMMON = re.compile("common")


@dataclass(frozen=True, slots=True)
class _Types:
    """Bounds of types in the authors' experiments."""

    low: int
    high: int
    noise: int = 0


_USUAL = {
    "private": _Types(0, 99),
    "affiliated": _Types(0, 20, 20),
    "common": _Types(20, 79, 20),
}


def auction_of(
    name: str,
    n_bidders: int,
    *,
    format: str | None = None,
    model: str | None = None,
    low: int | None = None,
    high: int | None = None,
    noise: int | None = None,
    k: int = 3,
    increment: float = 1,
) -> SingleItemAuction:
    """Return the auction of a treatment.

    Parameters
    ----------
    name : of the folder.
    n_bidders : of its sessions.
    format, model : where the name does not say them, or says them wrongly.
    low, high : of private values, of the common part of affiliated ones, of a common value.
    noise : affiliated: greatest private part; common: greatest error.
    k : of the k-th price.
    increment : of bids.

    Raises
    ------
    OptionError : the name says no format, and neither does an option.

    Examples
    --------
    >>> auction_of("common_spsb_4", 4)
    <SingleItemAuction: second_price, 4 bidders, common values>
    """
    word = name.lower()
    chosen = format or next((meant for part, meant in _FORMATS if part in word), None)
    if chosen not in FORMATS:
        asked = f"option format = {format!r}: unknown" if format else f"{name!r} says no format"
        raise OptionError(f"{asked}; {nearest_name(str(chosen or name), FORMATS)}")
    if model is None:
        model = "common" if _COMMON.search(word) else "private"
        model = "affiliated" if _AFFILIATED.search(word) else model
    if model not in MODELS:
        rule = f"option model = {model!r}: unknown; {nearest_name(model, MODELS)}"
        raise OptionError(rule)
    usual = _USUAL[model]
    least = usual.low if low is None else low
    most = usual.high if high is None else high
    apart = usual.noise if noise is None else noise
    values: dict[str, Any] = {"model": model, "prior": {"integers": [least, most]}}
    if model == "affiliated":
        values = {
            "model": model,
            "common": {"integers": [least, most]},
            "private": {"integers": [0, apart]},
        }
    elif model == "common":
        values = {"model": model, "value": {"integers": [least, most]}, "noise": apart}
    return SingleItemAuction(
        chosen,
        n_bidders,
        values,
        k=k if chosen == "kth_price" else None,
        bids={"min": 0, "max": most + apart, "increment": increment},
        tick="at_once" if chosen in ("english", "english_blind") else None,
    )
