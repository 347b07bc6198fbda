"""How designs and their results are told: facts, tables, one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law
from eqsolve.families.auction_design.instance.laws import AdditiveLaw, SubsetsLaw
from eqsolve.families.auction_design.instance.worlds import World
from eqsolve.families.auction_design.prices import price_rows
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    ItemAuctions,
    Menu,
    ScoreMechanism,
    SequentialMechanism,
)

__all__ = ["facts", "headline", "tables"]


def facts(design: AuctionDesign) -> dict[str, str]:
    """Return what there is to know before solving."""
    found = {"items": str(design.n_items), "bidders": str(design.n_bidders)}
    for place, (law, count) in enumerate(design.groups):
        times = f"{count} x " if count != 1 else ""
        found[f"law {place}"] = times + _law(law)
    return found


def _law(law: Law) -> str:
    """Return a law in words."""
    if isinstance(law, FiniteLaw):
        word = "draws" if law.source == "samples" else "types"
        return f"{law.n_types} {word}, values up to {number(law.scale)}"
    if isinstance(law, World):
        return f"a bidder in a {law.kind} world"
    if isinstance(law, SubsetsLaw):
        return "an independent value of every bundle"
    if isinstance(law, AdditiveLaw):
        words = {None: "additive values", 1: "one item counts"}
        return words.get(law.demand, f"the best {law.demand} items count")
    return "additive values and an addition for every bundle"


def headline(design: AuctionDesign, result: Result[DesignSolution]) -> str:
    """Return one sentence: what was found."""
    solution = result.solution
    if solution is None:
        return "nothing was found before the run was stopped"
    words = f"revenue {number(solution.revenue)}"
    if solution.revenue_interval is not None:
        low, high = solution.revenue_interval
        words += f" ({number(low)} to {number(high)} at 95 % on {solution.report_draws} draws)"
    words += f" of a welfare of {number(solution.welfare)}"
    if solution.baselines:
        name = max(solution.baselines, key=lambda key: solution.baselines[key].revenue)
        words += f"; {name} earns {number(solution.baselines[name].revenue)}"
    return f"{_what(solution)}: {words}"


def _what(solution: DesignSolution) -> str:
    """Return the sort of mechanism."""
    mechanism = solution.mechanism
    if isinstance(mechanism, DirectMechanism):
        return f"{mechanism.ic.upper()} auction with {len(mechanism.profiles)} profiles"
    if isinstance(mechanism, ScoreMechanism):
        return "auction by virtual values"
    if isinstance(mechanism, ItemAuctions):
        return f"{mechanism.n_items} auctions at once"
    if isinstance(mechanism, SequentialMechanism):
        entries = sum(m.n_entries for m in mechanism.menus if isinstance(m, Menu))
        if len(mechanism.order) == 1:
            return f"menu of {entries} entries" if entries else "tariff"
        return f"sequence of {len(mechanism.menus)} menus"
    return "network that computes menus"


def tables(design: AuctionDesign, result: Result[DesignSolution]) -> list[Table]:
    """Return who earns what, beside simple mechanisms, and the prices."""
    solution = result.solution
    if solution is None:
        return []
    money = Table(
        "Revenue",
        ["mechanism", "revenue", "low", "high", "this one earns more", "at least", "at most"],
    )
    low, high = solution.revenue_interval or (None, None)
    money.add(result.stats.method or "this one", solution.revenue, low, high, None, None, None)
    for name, other in solution.baselines.items():
        ends = other.interval or (None, None)
        apart = other.difference_interval or (None, None)
        money.add(name, other.revenue, *ends, other.difference, *apart)
    if result.bound is not None:
        money.add("bound", result.bound, None, None, None, None, None)
    money.add("welfare", solution.welfare, None, None, None, None, None)
    found = [money]
    mechanism = solution.mechanism
    if isinstance(mechanism, SequentialMechanism):
        prices = Table("Prices", ["bidder", "left", "entry", "probability", "items", "price"])
        found.append(prices.extend(price_rows(design, mechanism)))
    elif isinstance(mechanism, DirectMechanism):
        found.append(_outcomes(design, mechanism))
    elif isinstance(mechanism, ScoreMechanism):
        scores = Table("Virtual values", ["bidder", "value", "virtual value"])
        for i, (values, virtual) in enumerate(zip(mechanism.values, mechanism.scores, strict=True)):
            rows = zip(values.tolist(), virtual.tolist(), strict=True)
            scores.extend((design.label("bidders", i), v, s) for v, s in rows)
        found.append(scores)
    return found


def _outcomes(design: AuctionDesign, mechanism: DirectMechanism) -> Table:
    """Return who gets what in each profile."""
    table = Table("Outcomes", ["types", "probability", "who gets the items", "payments"])
    for p, profile in enumerate(mechanism.profiles.tolist()):
        paid = " ".join(number(amount) for amount in mechanism.payments[p].tolist())
        atoms = range(int(mechanism.atoms[p]), int(mechanism.atoms[p + 1]))
        words = " ".join(map(str, profile))
        for a in atoms:
            owners = mechanism.owners[a].tolist()
            who = ", ".join(
                f"{design.label('items', j)}: {design.label('bidders', i)}"
                for j, i in enumerate(owners)
                if i >= 0
            )
            table.add(words, float(mechanism.chances[a]), who or "nobody", paid)
        if not len(atoms):
            table.add(words, 1.0, "nobody", paid)
    return table
