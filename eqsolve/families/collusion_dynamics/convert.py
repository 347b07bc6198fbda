"""Logs of two sellers' prices as instances: the model behind them, and what it earned (COL-13).

A CSV file with a column for each seller's price, ``seller_1`` and ``seller_2``, and perhaps one for
each profit, ``profit_1`` and ``profit_2``. A price counts as high from `high` on. Fidelity and
start are estimated from the log, payoffs are mean profits by own price and the other's; without
profits they come from `ratio`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.converter import Converter, file_name, file_stem
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, InstanceError, OptionError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.collusion_dynamics.calibration import calibrate
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.formats.text import head_of, read_text

__all__ = ["CONVERTERS", "PriceLog"]

_SELLERS = ("seller_1", "seller_2")
_PROFITS = ("profit_1", "profit_2")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLog(Converter):
    """Prices of two sellers, a round a line.

    Parameters
    ----------
    high : a price counts as high from here on: a number, or ``midpoint`` of `nash` and `monopoly`.
    nash, monopoly : prices, for ``high=midpoint``.
    ratio : of the payoffs, where the log holds no profits.
    """

    name: ClassVar[str] = "price_log"
    kind: ClassVar[str] = "collusion_dynamics"
    summary: ClassVar[str] = (
        "CSV with the prices of two sellers, columns seller_1, seller_2 (profit_1, profit_2): "
        "fidelity and propensity are estimated"
    )
    source: ClassVar[str] = "any log of prices"

    high: float | str = "midpoint"
    nash: float | None = None
    monopoly: float | None = None
    ratio: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.high, str) and self.high != "midpoint":
            raise OptionError(f"option high = {self.high!r}: must be a number or midpoint")
        if self.ratio is not None and not 1 < self.ratio < 2:
            raise OptionError(f"option ratio = {self.ratio!r}: must be in (1, 2)")

    @property
    def cut(self) -> float:
        """The least high price.

        Raises
        ------
        OptionError : ``midpoint`` without both prices.
        """
        if not isinstance(self.high, str):
            return self.high
        if self.nash is None or self.monopoly is None or not self.nash < self.monopoly:
            raise OptionError("option high=midpoint needs nash= and monopoly=, the latter above")
        return (self.nash + self.monopoly) / 2

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line names the sellers."""
        return path.is_file() and {*_SELLERS[:1]} <= set(_columns(head_of(path).split("\n")[0]))

    def read(self, path: Path) -> Iterator[CollusionDynamics]:
        """Yield the instance of a log.

        Raises
        ------
        FormatError : a missing round, one seller only, prices that never change, or more mixed
            rounds than any fidelity makes; names file, line and rule.
        """
        cut = self.cut
        prices, profits = _table(path)
        try:
            found = calibrate(prices, cut)
            if found.propensity is None:
                rule = "the fidelity may be 1/2, which leaves the propensity open"
                raise InstanceError(Fault("prices", rule))
            payoffs = self._payoffs(prices >= cut, profits)
            yield CollusionDynamics(
                found.fidelity,
                payoffs,
                found.propensity,
                name=file_stem(path),
                metadata={
                    "converter": self.name,
                    "options": asdict(self),
                    "file": file_name(path),
                    "calibration": asdict(found),
                },
            )
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None

    def _payoffs(self, highs: Any, profits: FloatArray | None) -> dict[str, Any]:
        """Return mean profits by own price and the other's, or those of the ratio."""
        if profits is None:
            if self.ratio is None:
                rule = f"the log holds no {' and '.join(_PROFITS)}: give ratio= for the payoffs"
                raise InstanceError(Fault("payoffs", rule))
            return {"ratio": self.ratio}
        own, other, pay = highs.ravel(), highs[:, ::-1].ravel(), profits.ravel()
        found: dict[str, list[float]] = {"high": [], "low": []}
        faults = []
        for key, price in (("high", True), ("low", False)):
            for others in (False, True):
                seen = (own == price) & (other == others)
                if not seen.any():
                    rule = (
                        f"no round shows a {key} price beside a {'high' if others else 'low'} one"
                    )
                    faults.append(Fault("payoffs", rule, (key, int(others))))
                    continue
                found[key].append(math.fsum(pay[seen].tolist()) / int(seen.sum()))
        if faults:
            raise InstanceError(faults)
        return found


def _columns(line: str) -> list[str]:
    """Return the names in the first line."""
    return [word.strip().lower() for word in line.split(",")]


def _table(path: Path) -> tuple[FloatArray, FloatArray | None]:
    """Return prices and profits, shape (rounds, 2) each.

    Raises
    ------
    FormatError : see `PriceLog.read`.
    """
    lines = read_text(path).splitlines()
    names = _columns(lines[0]) if lines else []
    sellers = [name for name in names if name.startswith("seller_")]
    faults = []
    if len(set(names)) != len(names):
        faults.append(Fault("line 1", "a column stands twice", value=lines[0][:60]))
    if set(sellers) != set(_SELLERS):
        rule = f"must have the columns {' and '.join(_SELLERS)}: two sellers, no more, no less"
        shown = ", ".join(sellers) or None
        faults.append(Fault("line 1", rule, value=shown))
    paid = [name for name in names if name.startswith("profit_")]
    if paid and set(paid) != set(_PROFITS):
        rule = f"must have both {' and '.join(_PROFITS)}, or none of them"
        faults.append(Fault("line 1", rule, value=", ".join(paid)))
    if faults:
        raise FormatError(str(path), faults)
    wanted = [*_SELLERS, *(_PROFITS if paid else ())]
    places = [names.index(name) for name in wanted]
    rows = []
    for number, row in enumerate(csv.reader(lines[1:]), start=2):
        if not "".join(row).strip():
            faults.append(Fault(f"line {number}", "the round is missing"))
            continue
        if len(row) != len(names):
            rule = f"has {len(row)} entries, expected {len(names)}"
            faults.append(Fault(f"line {number}", rule, value=",".join(row)[:60]))
            continue
        entries = []
        for name, place in zip(wanted, places, strict=True):
            text = row[place].strip()
            try:
                if not text:
                    raise NumberError("is missing")
                entries.append(float(read_number(text)))
            except NumberError as error:
                faults.append(Fault(f"line {number}", f"{name} {error}", value=text or None))
        rows.append(entries)
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    if not rows:
        raise FormatError(str(path), Fault("", "there are no rounds"))
    table = np.array(rows)
    return table[:, :2], table[:, 2:] if paid else None


CONVERTERS: tuple[type[Converter], ...] = (PriceLog,)
