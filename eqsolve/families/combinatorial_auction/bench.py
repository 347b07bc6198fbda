"""Combinatorial auctions: winners and VCG payments against the plain packing program in highspy.

The peer is the program of CA-1 as it stands, gap 0, one thread; for VCG it solves once more for
every winner, from the start. It runs in a process of its own, as highspy does not load beside other
builds of HiGHS. Its answers are not checked by anybody; ours are.

``python -m eqsolve.families.combinatorial_auction.bench FOLDER`` prints the table of processor
seconds for the CATS files of a folder, as it stands in the documentation.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built, peer_process
from eqsolve.core.limits import Deadline, Limits
from eqsolve.families.combinatorial_auction.convert import from_cats
from eqsolve.families.combinatorial_auction.generate import RECIPES
from eqsolve.families.combinatorial_auction.methods.marginals import without_each
from eqsolve.families.combinatorial_auction.methods.packing import Packing
from eqsolve.families.combinatorial_auction.methods.programs import Portfolio
from eqsolve.families.combinatorial_auction.methods.search import find_winners
from eqsolve.families.combinatorial_auction.solve import solve
from eqsolve.families.combinatorial_auction.verify.conditions import verify

__all__ = ["CASES", "cats_table"]

LIMIT = 60.0
MOST_COLD = 5.0
"""Seconds of the peer's first solve up to which its solves without each winner are waited for."""


def packing(auction: Any) -> dict[str, Any]:
    """Return the numbers of the packing program, by columns."""
    bids = auction.bids
    lengths = np.diff(bids.starts)
    rows = np.insert(bids.items, bids.starts[1:], auction.n_items + bids.bidder)
    return {
        "prices": bids.price.astype(float),
        "bidder": bids.bidder,
        "starts": np.append(0, np.cumsum(lengths + 1)),
        "rows": rows,
        "right": np.concatenate([auction.supplies, np.ones(auction.n_bidders)]),
    }


def plain_program(program: dict[str, Any], without: int = -1) -> tuple[float, list[int]]:
    """Return the best value and bids, of all bidders but one; in the worker process."""
    import highspy

    n, m = len(program["prices"]), len(program["right"])
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(option, value)
    solver.setOptionValue("time_limit", LIMIT)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, m
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = program["prices"]
    model.col_lower_ = np.zeros(n)
    model.col_upper_ = (program["bidder"] != without).astype(float)
    model.row_lower_ = np.full(m, -highspy.kHighsInf)
    model.row_upper_ = program["right"]
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = program["starts"]
    model.a_matrix_.index_ = program["rows"]
    model.a_matrix_.value_ = np.ones(len(program["rows"]))
    model.integrality_ = [highspy.HighsVarType.kInteger] * n
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise TimeoutError("no proof within the limit")
    chosen = np.flatnonzero(np.array(solver.getSolution().col_value) > 0.5)
    return float(solver.getInfo().objective_function_value), chosen.tolist()


def cold_vcg(program: dict[str, Any]) -> tuple[float, float]:
    """Return welfare and VCG revenue: a solve for every winner; in the worker process."""
    welfare, accepted = plain_program(program)
    others = [plain_program(program, int(program["bidder"][b]))[0] for b in accepted]
    return welfare, welfare - sum(welfare - other for other in others)


def timed(run: Callable[[dict[str, Any]], Any], program: dict[str, Any]) -> float | None:
    """Return processor seconds of a call, None where it ends without proof; in the worker."""
    start = time.process_time()
    try:
        run(program)
    except TimeoutError:
        return None
    return time.process_time() - start


def by_highspy(run: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return what runs a function of this module with an auction's program, over there."""
    return lambda auction: peer_process("highspy").submit(run, packing(auction)).result()


def peer_winners(program: dict[str, Any]) -> float:
    """Return the welfare; in the worker process."""
    return plain_program(program)[0]


def ours_winners(auction: Any) -> float:
    """Return the welfare, verified."""
    result = solve(auction, payments="first_price", time_limit=LIMIT)
    return float(result.require().welfare)


def ours_vcg(auction: Any) -> tuple[float, float]:
    """Return welfare and VCG revenue, verified."""
    solution = solve(auction, time_limit=LIMIT).require()
    return float(solution.welfare), float(solution.revenue)


def cats_table(folder: Path) -> Iterator[str]:
    """Yield the lines of a table: processor seconds for each CATS file of a folder.

    Winners and VCG are timed without the verifier, whose time for the winners has its own column;
    a dash where the peer had no proof in a minute of wall time, or was not waited for.
    """
    yield "| file | bids | welfare | winners: highspy | ours | verifier | VCG: highspy | ours | |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    rows: list[tuple[Any, ...]] = []
    for path in sorted(folder.glob("*.txt")):
        auction = from_cats(path)
        rows.append(_seconds(auction, rows == []))
        best, *times = rows[-1]
        note = "" if best.is_optimal else f"open: at most {float(best.ceiling):.10g}"
        shown = " | ".join("-" if t is None else f"{t:.3f}" for t in times)
        yield (f"| {path.stem} | {auction.n_bids} | {float(best.worth):.10g} | {shown} | {note} |")
    for title, first, second in (("winners", 1, 2), ("VCG", 4, 5)):
        both = [row for row in rows if row[first] is not None and row[second] is not None]
        peer, ours = (sum(row[k] for row in both) for k in (first, second))
        yield f"\n{title}, {len(both)} files that both finish: {peer:.1f} s and {ours:.1f} s"


def _seconds(auction: Any, warm: bool) -> tuple[Any, ...]:
    """Return our winners and processor seconds: (peer, ours, verifier; peer, ours for VCG)."""
    method, program = Portfolio(), packing(auction)
    if warm:  # compiles
        solve(auction, method="portfolio")
    start = time.process_time()
    solver = method.solver()
    best = find_winners(Packing.of(auction), solver, Deadline(Limits(time=LIMIT)))
    mine = time.process_time() - start
    result = solve(auction, method="portfolio", payments="first_price", time_limit=LIMIT)
    start = time.process_time()
    verify(auction, result)
    checked = time.process_time() - start
    peer = peer_process("highspy").submit(timed, plain_program, program).result()
    if not best.is_optimal:
        return best, peer, mine, checked, None, None
    start = time.process_time()
    known = method.without_each(best, winners_of(auction, best), Deadline())
    without_each(auction, best, solver, Deadline(), known=known)
    vcg = time.process_time() - start
    cold = None
    if peer is not None and peer <= MOST_COLD:
        cold = peer_process("highspy").submit(timed, cold_vcg, program).result()
        cold = cold and max(0.0, cold - peer)
    return best, peer, mine, checked, cold, vcg


def winners_of(auction: Any, best: Any) -> list[int]:
    """Return the bidders that win."""
    return sorted(set(auction.bids.bidder[list(best.bids)].tolist()))


def case(recipe: str, title: str, vcg: bool, sizes: tuple[int, ...]) -> Case:
    """Return a case of XOR bids of half as many bidders as items, up to five bids each."""

    def build(size: int, seed: int) -> Any:
        return built(RECIPES, recipe, seed, items=size, bidders=max(4, size // 2))

    return Case(
        suite="combinatorial",
        name=title,
        build=build,
        sizes=sizes,
        quick_sizes=(10, 20),
        contenders=(
            Contender(
                name="eqsolve",
                run=ours_vcg if vcg else ours_winners,
                delivers="winners, VCG, verified" if vcg else "winners, verified",
                limit=LIMIT,
            ),
            Contender(
                name="plain program, highspy",
                run=by_highspy(cold_vcg if vcg else peer_winners),
                package="highspy",
                delivers="winners, VCG" if vcg else "winners",
                limit=LIMIT,
            ),
        ),
        unit="items",
        repeats=3,
        note="Runs that end without proof within 60 s are shown as failed.",
    )


CASES = (
    case("arbitrary", "winners, arbitrary bundles", False, (20, 40, 60)),
    case("regions", "winners, regions of a grid", False, (20, 40, 80)),
    case("uniform", "winners, random bundles", False, (20, 50, 100)),
    case("arbitrary", "VCG, arbitrary bundles", True, (20, 40)),
    case("regions", "VCG, regions of a grid", True, (20, 40)),
    case("uniform", "VCG, random bundles", True, (20, 50)),
)

if __name__ == "__main__":
    for line in cats_table(Path(sys.argv[1])):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
