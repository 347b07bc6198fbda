"""Delivery markets from the Grubhub meal-delivery instances (mdrplib).

A folder holds one day: orders with place and time, restaurants, couriers with shifts, and travel
speed. It has no values, so these are modeled, by documented parameters. Buyers are the orders of
a time window, stores the restaurants that are ordered from in it (each sells one meal), couriers
those on duty at the end of the window. All money is in cents, whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.converter import Converter
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.formats.text import read_text

__all__ = ["CONVERTERS", "MealDelivery"]

_ORDERS = ("order", "x", "y", "placement_time", "restaurant", "ready_time")
_RESTAURANTS = ("restaurant", "x", "y")
_COURIERS = ("courier", "x", "y", "on_time", "off_time")
_PARAMETERS = (
    "meters_per_minute",
    "pickup service minutes",
    "dropoff service minutes",
    "target click-to-door",
    "maximum click-to-door",
    "pay per order",
    "guaranteed pay per hour",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MealDelivery(Converter):
    """Markets from time windows of one day.

    A buyer's value for a restaurant is ``base + favorite (where it ordered in truth) - decay *
    km + noise``, at least 0. A courier's cost is its travel minutes, courier to restaurant to
    buyer, each leg rounded up, plus service minutes, at `wage` an hour times its own pace.

    Parameters
    ----------
    start, length : first window, in minutes of the day: orders placed in [start, start + length).
    windows : how many windows follow each other; each makes a market, those without orders none.
    base, favorite : money units.
    decay : money units per kilometer between restaurant and buyer.
    noise : standard deviation of the taste for each buyer and restaurant, money units.
    wage : money units per hour of travel; None takes the file's guaranteed pay per hour.
    spread : couriers' paces are uniform in [1 - spread, 1 + spread]; 0: all alike, and then the
        market has pick-up legs (TIP-5).
    max_orders, max_couriers : keep only the first so many of a window; None: all.
    seed : of tastes and paces.
    tips : whether buyers may tip.
    """

    name: ClassVar[str] = "mdrplib"
    summary: ClassVar[str] = "Grubhub meal-delivery day: orders, restaurants, couriers"
    source: ClassVar[str] = "https://github.com/grubhub/mdrplib"
    kind: ClassVar[str] = "delivery_market"

    start: int = 720
    length: int = 15
    windows: int = 1
    base: float = 12.0
    favorite: float = 4.0
    decay: float = 1.0
    noise: float = 2.0
    wage: float | None = None
    spread: float = 0.0
    max_orders: int | None = None
    max_couriers: int | None = None
    seed: int = 0
    tips: bool = True

    def recognizes(self, path: Path) -> bool:
        """Return whether the folder holds the four tables."""
        names = ("orders.txt", "restaurants.txt", "couriers.txt", "instance_parameters.txt")
        return path.is_dir() and all((path / name).is_file() for name in names)

    def read(self, path: Path) -> Iterator[DeliveryMarket]:
        """Yield the market of each window that has orders and couriers.

        Raises
        ------
        FormatError : names the file, the line and the rule.
        OptionError : an impossible setting.
        """
        if self.length <= 0 or self.windows <= 0:
            raise OptionError("length and windows must be > 0")
        if not 0 <= self.spread <= 1 or self.noise < 0:
            raise OptionError("spread must be in [0, 1] and noise >= 0")
        folder = path if path.is_dir() else path.parent
        day = _Day(
            orders=_table(folder / "orders.txt", _ORDERS),
            restaurants=_table(folder / "restaurants.txt", _RESTAURANTS),
            couriers=_table(folder / "couriers.txt", _COURIERS),
            speed=0.0,
            service=0.0,
            wage=0.0,
        )
        parameters = _table(folder / "instance_parameters.txt", _PARAMETERS)
        if len(parameters.numbers) != 1 or parameters.numbers[0, 0] <= 0:
            rule = "expected one line with a speed > 0"
            raise FormatError(str(folder / "instance_parameters.txt"), Fault("", rule))
        numbers = parameters.numbers[0]
        wage = float(numbers[6]) if self.wage is None else self.wage
        day = day._replace(
            speed=float(numbers[0]), service=float(numbers[1] + numbers[2]), wage=wage
        )
        for window in range(self.windows):
            market = self._market(day, folder, self.start + window * self.length)
            if market is not None:
                yield market

    def _market(self, day: _Day, folder: Path, start: int) -> DeliveryMarket | None:
        """Return the market of the window that starts at a minute, or None if it is empty."""
        end = start + self.length
        placed = day.orders.numbers[:, 2]
        orders = np.flatnonzero((placed >= start) & (placed < end))[: self.max_orders]
        shifts = day.couriers.numbers
        on_duty = np.flatnonzero((shifts[:, 2] <= end) & (shifts[:, 3] > end))[: self.max_couriers]
        by_name = {name: index for index, name in enumerate(day.restaurants.names)}
        wanted = [day.orders.texts[order] for order in orders.tolist()]
        for order, name in zip(orders.tolist(), wanted, strict=True):
            if name not in by_name:
                rule = f"there is no restaurant {name!r}"
                place = (f"line {order + 2}",)
                raise FormatError(
                    str(folder / "orders.txt"), Fault("restaurant", rule, place, name)
                )
        if not len(orders) or not len(on_duty):
            return None
        stores = np.array(sorted({by_name[name] for name in wanted}))
        favorite = np.searchsorted(stores, [by_name[name] for name in wanted])
        buyers_at = day.orders.numbers[orders, :2]
        stores_at = day.restaurants.numbers[stores, :2]
        couriers_at = shifts[on_duty, :2]
        rng = np.random.default_rng([self.seed, start])
        meters = _distance(buyers_at, stores_at)
        values = self.base - self.decay * meters / 1000
        values[np.arange(len(orders)), favorite] += self.favorite
        values += rng.normal(0.0, 1.0, values.shape) * self.noise
        pace = 1 + self.spread * rng.uniform(-1.0, 1.0, len(on_duty))
        cents = 100 * day.wage / 60
        pickup = np.ceil(_distance(couriers_at, stores_at) / day.speed)
        carry = np.ceil(meters / day.speed) + day.service
        costs: dict[str, Any]
        if self.spread == 0:
            parts = {"pickup": np.rint(cents * pickup), "order": np.rint(cents * carry)}
            costs = {"cost_parts": parts}
        else:
            minutes = pickup[:, None, :] + carry[None, :, :]
            costs = {"costs": np.rint(cents * pace[:, None, None] * minutes)}
        settings = asdict(self) | {"start": start, "windows": 1}
        return DeliveryMarket(
            np.rint(100 * np.maximum(values, 0.0)),
            tips=self.tips,
            name=f"{folder.name}-{start}",
            labels={
                "buyers": [day.orders.names[order] for order in orders],
                "stores": [day.restaurants.names[store] for store in stores],
                "couriers": [day.couriers.names[courier] for courier in on_duty],
            },
            metadata={
                "source": f"{self.source}, {folder.name}",
                "converter": self.name,
                "options": settings,
                "unit": "cents",
                "coordinates": {
                    "buyers": buyers_at.tolist(),
                    "stores": stores_at.tolist(),
                    "couriers": couriers_at.tolist(),
                },
            },
            **costs,
        )


class _Table(NamedTuple):
    """Rows of a file: first column as names, a column of names as texts, the rest as numbers."""

    names: list[str]
    texts: list[str]
    numbers: FloatArray


class _Day(NamedTuple):
    """The tables of a folder, and what its parameters say."""

    orders: _Table
    restaurants: _Table
    couriers: _Table
    speed: float
    service: float
    wage: float


def _table(path: Path, columns: Sequence[str]) -> _Table:
    """Return a tab-separated table with a header line."""
    lines = read_text(path).split("\n")
    faults: list[Fault] = []
    header = tuple(lines[0].split("\t"))
    if header != tuple(columns):
        rule = f"line 1 must name the columns {', '.join(columns)}"
        raise FormatError(str(path), Fault("", rule))
    named = columns[0] in ("order", "restaurant", "courier")
    texts_at = columns.index("restaurant") if columns[0] == "order" else -1
    names, texts, numbers = [], [], []
    for position, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            rule = f"has {len(cells)} cells, expected {len(columns)}"
            faults.append(Fault(f"line {position}", rule))
            continue
        names.append(cells[0].strip())
        texts.append(cells[texts_at].strip() if texts_at >= 0 else "")
        row = []
        for column, cell in enumerate(cells):
            if (named and column == 0) or column == texts_at:
                continue
            try:
                row.append(float(read_number(cell)))
            except NumberError as error:
                rule = f"{columns[column]} {error}"
                faults.append(Fault(f"line {position}", rule, value=cell))
        numbers.append(row)
    twice = {name for name, count in Counter(names).items() if named and count > 1}
    faults += [Fault(name, f"this {columns[0]} is listed twice") for name in sorted(twice)]
    if faults:
        raise FormatError(str(path), faults)
    width = len(columns) - int(named) - int(texts_at >= 0)
    return _Table(names, texts, np.array(numbers, dtype=np.float64).reshape(-1, width))


def _distance(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return straight distances in meters, shape (len(one), len(other))."""
    gap = one[:, None, :] - other[None, :, :]
    found: FloatArray = np.sqrt((gap**2).sum(axis=2))
    return found


CONVERTERS: tuple[type[Converter], ...] = (MealDelivery,)
