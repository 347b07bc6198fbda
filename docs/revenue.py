"""Writes the tables of the page on menus compared: what mechanisms earn in worlds, by seed.

``python docs/revenue.py`` writes the tables: simple mechanisms and, where torch is installed (the
extra ``learn``), learned menus, which take minutes. Names of methods may follow, to be used
instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import eqsolve

PAGE = Path(__file__).parent / "explanation" / "menus-compared.md"
SIMPLE = ("item_prices", "tariff", "size_prices")
LEARNED = ("menu", "bundleflow")
BEGIN, END = "<!-- written by docs/revenue.py -->", "<!-- until here -->"


def ratios(
    items: int,
    methods: Sequence[str],
    *,
    kinds: Sequence[str] = ("arbitrary", "regions"),
    seeds: Sequence[int] = (1, 2, 3),
    draws: int = 20_000,
) -> Iterator[str]:
    """Yield the lines of a table: revenue of one lot, and that of the others as multiples of it.

    Parameters
    ----------
    items : of each world.
    methods : beside one lot, which comes first.
    seeds : of world, fitting and report.
    draws : of the report.
    """
    yield f"| {items} items | one lot | {' | '.join(methods)} |"
    yield "| --- | ---: |" + " ---: |" * len(methods)
    for kind in kinds:
        for seed in seeds:
            design = eqsolve.AuctionDesign(items, [{"world": {"kind": kind, "seed": seed}}])
            found = eqsolve.compare(design, ["grand_bundle", *methods], draws=draws, seed=seed)
            lot, *others = found.contestants
            cells = [f"{one.evaluation.revenue / lot.evaluation.revenue:.3f}" for one in others]
            low, high = lot.evaluation.interval or (0.0, 0.0)
            earned = f"{lot.evaluation.revenue:.1f} ± {(high - low) / 2:.1f}"
            yield f"| {kind}, seed {seed} | {earned} | {' | '.join(cells)} |"


def main(asked: Sequence[str]) -> None:
    """Write the tables into the page."""
    methods = asked or (*SIMPLE, *(LEARNED if find_spec("torch") else ()))
    start = time.process_time()
    lines: list[str] = []
    for items in (10, 50):
        lines += [*ratios(items, methods), ""]
    lines.append(f"{time.process_time() - start:.0f} s of processor time.")
    before, rest = PAGE.read_text().split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text("\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"]))


if __name__ == "__main__":
    main(sys.argv[1:])
