"""Pictures of designs: who buys what, revenue, prices by size and by state, demand, training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREY,
    ORANGE,
    SKY,
    axes,
    begin,
    legend_below,
    message,
    rows_axis,
    short,
    whole_numbers,
)
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.streams import blocks
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.playing.demand import (
    best_entries,
    entry_values,
    take_from_tariff,
    tolerance_of,
)
from eqsolve.families.auction_design.prices import least_prices
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    PolicyMechanism,
    SequentialMechanism,
    Tariff,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "demand", "partition", "prices", "revenue", "states", "training"]

_ROWS = 40
"""Entries shown at most."""

_GRID = 300
"""Types along each side of the square."""

_WRITTEN = 120
"""Cells up to which prices are written into them."""


def revenue(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw what each mechanism earns, with 95 % intervals, up to the bound."""
    solution, title = result.solution, "Revenue by mechanism"
    begin(figure, design, result, 8, 4.5)
    if solution is None:
        message(figure, title, "no mechanism")
        return
    rows = [(_method(result), solution.revenue, solution.revenue_interval)]
    rows += [
        (name, other.revenue, other.interval)
        for name, other in solution.baselines.items()
        if name != result.stats.method
    ]
    made = axes(figure, title, "expected revenue", "")
    places = np.arange(len(rows))
    colors = [BLUE, *[SKY] * (len(rows) - 1)]
    made.barh(places, [row[1] for row in rows], 0.6, color=colors)
    for place, (_, middle, ends) in enumerate(rows):
        if ends is not None:
            made.errorbar(
                [middle], [place], xerr=[[middle - ends[0]], [ends[1] - middle]], color=GREY,
                capsize=4,
            )  # fmt: skip
    lines = (("welfare", solution.welfare, GREY, "--"), ("bound", result.bound, ORANGE, ":"))
    for label, at, color, dashes in lines:
        if at is not None:
            made.axvline(at, color=color, ls=dashes, lw=1.2, label=label)
    rows_axis(made, [row[0].replace("_", " ") for row in rows])
    legend_below(made, columns=2)


def _method(result: Result[DesignSolution]) -> str:
    """Return the method's name in words."""
    return (result.stats.method or "this one").replace("_", " ")


def partition(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw the square of two item values, and what each additive or one-item type takes."""
    from matplotlib.colors import ListedColormap

    solution, title = result.solution, "What types of two item values take"
    begin(figure, design, result, 7, 6)
    law = design.laws[0]
    menu = _only_menu(solution)
    single = getattr(law, "demand", 0) in (None, 1)
    if isinstance(law, FiniteLaw):
        single = isinstance(law.valuations, AdditiveValuations)
    if menu is None or design.n_items != 2 or design.n_bidders != 1 or not single:
        message(figure, title, "this picture needs one bidder, two items and a value for each")
        return
    demand = law.valuations.demand if isinstance(law, FiniteLaw) and isinstance(
        law.valuations, AdditiveValuations
    ) else getattr(law, "demand", None)  # fmt: skip
    top = _top(design)
    side = (np.arange(_GRID) + 0.5) / _GRID * top
    grid = np.stack(np.meshgrid(side, side, indexing="xy"), axis=-1).reshape(-1, 2)
    chosen, names = _taken(AdditiveValuations(grid, demand), menu, design)
    made = axes(
        figure, title, f"value of {design.label('items', 0)}",
        f"value of {design.label('items', 1)}", grid=False,
    )  # fmt: skip
    used = np.unique(chosen)
    shades = ["#f2f2f2", "#9ecae1", "#fdd0a2", "#a1d99b", "#bcbddc", "#fdae6b", "#c7e9c0",
              "#dadaeb", "#9ebcda", "#e7cb94"]  # fmt: skip
    colors = [shades[k % len(shades)] for k in range(len(used))]
    image = np.searchsorted(used, chosen).reshape(_GRID, _GRID)
    made.imshow(
        image, origin="lower", extent=(0, top, 0, top), cmap=ListedColormap(colors), vmin=-0.5,
        vmax=max(len(used), 1) - 0.5, interpolation="nearest", aspect="auto",
    )  # fmt: skip
    for k, entry in enumerate(used.tolist()):
        rows, columns = np.nonzero(image == k)
        if len(rows) > _GRID * _GRID / 200:
            at = side[int(np.median(columns))], side[int(np.median(rows))]
            made.annotate(names[entry], at, ha="center", va="center", fontsize=9)
    if isinstance(law, FiniteLaw) and isinstance(law.valuations, AdditiveValuations):
        sizes = 20 + 300 * law.probabilities
        first, second = law.valuations.values.T
        made.scatter(first, second, s=sizes, color=BLUE, zorder=3)


def _only_menu(solution: DesignSolution | None) -> Menu | Tariff | None:
    """Return the menu of one bidder, None where there is none."""
    if solution is None or not isinstance(solution.mechanism, SequentialMechanism):
        return None
    mechanism = solution.mechanism
    return mechanism.menu(mechanism.order[0], tuple(range(mechanism.n_items)))


def _top(design: AuctionDesign) -> float:
    """Return up to which value the square goes."""
    law = design.laws[0]
    if isinstance(law, FiniteLaw) and isinstance(law.valuations, AdditiveValuations):
        return 1.1 * float(law.valuations.values.max(initial=0.0)) or 1.0
    return float(max(marginal.top for marginal in getattr(law, "items", ()))) or 1.0


def _taken(
    types: AdditiveValuations, menu: Menu | Tariff, design: AuctionDesign
) -> tuple[IntArray, dict[int, str]]:
    """Return what each type takes, as a number, and what the numbers mean."""
    if isinstance(menu, Menu):
        values = entry_values(types, menu)
        chosen = best_entries(values, menu.prices, menu.worth, tolerance_of(types))
        return chosen, {-1: "nothing"} | {
            j: f"{_words(menu, j, design)}\nfor {written(menu.prices[j], 4)}"
            for j in range(menu.n_entries)
        }
    taken = take_from_tariff(types, menu, np.ones((len(types), 2), dtype=np.bool_))
    number = taken.bundles @ np.array([1, 2])
    names = {0: "nothing"}
    for k in range(1, 4):
        rows = np.flatnonzero(number == k)
        items = " and ".join(design.label("items", j) for j in range(2) if k >> j & 1)
        price = taken.payments[rows[0]] if len(rows) else 0.0
        names[k] = f"{items}\nfor {written(price, 4)}"
    return number, names


def _words(menu: Menu, entry: int, design: AuctionDesign) -> str:
    """Return an entry in words."""
    parts = []
    for d in np.flatnonzero(menu.weights[entry] > 0).tolist():
        items = np.flatnonzero(menu.bundles[entry, d]).tolist()
        names = " and ".join(design.label("items", j) for j in items)
        chance = float(menu.weights[entry, d])
        parts.append(names if chance == 1 else f"{written(chance, 3)}: {names}")
    return ", ".join(parts) if len(parts) < 4 else f"lottery over {len(parts)} bundles"


def prices(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw price against size of bundle, for every entry of the menus."""
    title = "Price against size of bundle"
    begin(figure, design, result, 7.5, 5)
    menu = _only_menu(result.solution)
    made = None
    if isinstance(menu, Menu) and menu.n_entries:
        made = axes(figure, title, "expected number of items", "price")
        size = (menu.weights * menu.bundles.sum(axis=2)).sum(axis=1)
        made.scatter(size, menu.prices, s=18, color=BLUE, alpha=0.6)
        if np.ptp(size) < 1:  # else the axis counts hundredths of an item
            made.set_xlim(size.min() - 0.6, size.max() + 0.6)
    elif isinstance(menu, Tariff):
        made = axes(figure, title, "number of items", "price")
        size = np.arange(1, design.n_items + 1)
        items = np.zeros(design.n_items) if menu.item_prices is None else menu.item_prices
        sizes = np.zeros(design.n_items) if menu.size_prices is None else menu.size_prices
        low = menu.fee + np.cumsum(np.sort(items)) + sizes
        high = menu.fee + np.cumsum(-np.sort(-items)) + sizes
        sold = np.isfinite(high)
        if menu.item_prices is None:
            made.plot(size[sold], low[sold], color=BLUE, marker="o", ms=3)
        else:
            made.fill_between(size[sold], low[sold], high[sold], color=SKY, alpha=0.5)
            made.plot(size[sold], low[sold], color=BLUE, marker="o", ms=3, label="cheapest items")
            made.plot(size[sold], high[sold], color=ORANGE, marker="o", ms=3, label="dearest items")
            legend_below(made)
    if made is None:
        message(figure, title, "this picture needs a menu for one bidder")
        return
    made.set_ylim(bottom=0)


def demand(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw how many types take each entry of the menu, the most wanted first."""
    title = "Demand of entries"
    menu = _only_menu(result.solution)
    begin(figure, design, result, 9, 5.5)
    if not isinstance(menu, Menu) or design.n_bidders != 1:
        message(figure, title, "this picture needs a menu of entries for one bidder")
        return
    law = design.laws[0]
    if isinstance(law, FiniteLaw):
        types, shares = law.valuations, law.probabilities
    else:
        seed = result.solution.report_seed if result.solution is not None else 0
        types = next(blocks(design.laws, 4096, seed or 0, "report"))[0]
        shares = np.full(len(types), 1 / len(types))
    chosen = best_entries(entry_values(types, menu), menu.prices, menu.worth, tolerance_of(types))
    share = np.bincount(chosen + 1, weights=shares, minlength=menu.n_entries + 1)
    taken = [k for k in np.argsort(-share, kind="stable").tolist() if share[k] > 0]
    order = taken[:_ROWS]
    if len(taken) > _ROWS:
        title += f" ({_ROWS} of {len(taken)}: the most wanted)"
    made = axes(figure, title, "share of types", "")
    made.barh(np.arange(len(order)), share[order], 0.7, color=[GREY if k == 0 else BLUE
                                                               for k in order])  # fmt: skip
    names = [
        "nothing"
        if k == 0
        else f"{short(_words(menu, k - 1, design), 40)} for {written(menu.prices[k - 1], 4)}"
        for k in order
    ]
    rows_axis(made, names, longest=60)


def training(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw revenue on the choose set over training, beside simple mechanisms."""
    solution, title = result.solution, "Revenue while learning"
    begin(figure, design, result, 7.5, 5)
    history = None
    if solution is not None and solution.training is not None:
        history = solution.training.get("history")
    if solution is None or not history:
        message(figure, title, "nothing was learned")
        return
    unit = "round" if isinstance(solution.mechanism, PolicyMechanism) else "step"
    made = axes(figure, title, unit, "revenue on the choose set")
    made.locator_params(axis="x", integer=True)
    points = np.asarray(history, dtype=np.float64)
    made.plot(points[:, 0], points[:, 1], color=BLUE, marker="o", ms=3, label=_method(result))
    for (name, other), color in zip(
        solution.baselines.items(), (GREY, SKY, ORANGE, "#009E73"), strict=False
    ):
        made.axhline(other.revenue, color=color, ls="--", lw=1, label=name.replace("_", " "))
    legend_below(made)


def states(design: AuctionDesign, result: Result[DesignSolution], figure: Figure) -> None:
    """Draw the least price of an item, by the number of items left and of bidders to come."""
    title = "Least price of an item, by what is left and who comes"
    begin(figure, design, result, 8, 5.5)
    mechanism = None if result.solution is None else result.solution.mechanism
    if not isinstance(mechanism, SequentialMechanism | PolicyMechanism) or design.n_bidders < 2:
        message(figure, title, "this picture needs menus for several bidders, one after the other")
        return
    table = least_prices(mechanism)
    n, m = table.shape
    made = axes(figure, title, "items left", "bidders to come, this one included", grid=False)
    shown = made.imshow(
        np.ma.masked_invalid(table[::-1]), cmap="Blues", aspect="auto", interpolation="nearest",
        origin="lower", extent=(0.5, m + 0.5, 0.5, n + 0.5),
    )  # fmt: skip
    whole_numbers(made.xaxis, made.yaxis)
    figure.colorbar(shown, ax=made, label="price")
    if n * m <= _WRITTEN:
        shades = table[np.isfinite(table)]
        middle = (shades.min() + shades.max()) / 2 if len(shades) else 0.0
        for (place, k), price in np.ndenumerate(table):
            if np.isfinite(price):
                color = "white" if price > middle else "black"
                made.annotate(
                    written(price, 3), (k + 1, n - place), ha="center", va="center", color=color,
                    fontsize=8,
                )  # fmt: skip


PICTURES = {
    "revenue": revenue,
    "partition": partition,
    "prices": prices,
    "demand": demand,
    "training": training,
    "states": states,
}
