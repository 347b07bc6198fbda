"""Second half of the verifier: revenue, welfare figures, bounds and guarantees.

Welfare without the platform and in full is proved by the matchings and duals in the certificate, or
computed here by a small solver of its own where the claim brings none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.solution import TradingSolution
from eqsolve.families.trading_network.verify.enumeration import greatest_income
from eqsolve.families.trading_network.verify.proofs import lagrangian_bound

__all__ = ["check_figures"]


def check_figures(
    builder: ReportBuilder,
    network: TradingNetwork,
    claim: Result[TradingSolution],
    solution: TradingSolution,
    graph: NumberArray,
) -> None:
    """Check every figure of the claim; `graph` holds the values of known and introduced pairs."""
    buyers = np.flatnonzero(solution.matching >= 0)
    sellers = solution.matching[buyers]
    chosen = np.zeros(graph.shape, dtype=bool)
    chosen[solution.introduced[:, 0], solution.introduced[:, 1]] = True
    income = exact_total(solution.prices[sellers[chosen[buyers, sellers]]])
    revenue = network.commission * income
    welfare = exact_total(graph[buyers, sellers])
    rule = "revenue is commission times the prices of introduced trades"
    _equal(builder, "trading.revenue", rule, revenue, solution.revenue)
    if claim.objective is not None:
        rule = "the objective is the revenue"
        _equal(builder, "trading.objective", rule, solution.revenue, claim.objective)
    _equal(
        builder, "trading.welfare", "welfare is the value of all trades", welfare, solution.welfare
    )
    certificate = claim.certificate
    data: Mapping[str, Any] = certificate.data if isinstance(certificate, BoundCertificate) else {}
    values = network.values.dense()
    known, candidate = network.known_mask(), network.candidate_mask()
    for key, field, mask in (
        ("without", "welfare_without_platform", known),
        ("full", "welfare_full", known | candidate),
    ):
        _check_welfare(
            builder, field, np.where(mask, values, -1), getattr(solution, field), data.get(key)
        )
    _check_question(builder, claim, solution)
    upper = _check_bound(builder, network, claim, data, values, known, candidate)
    _check_guarantees(builder, network, solution, upper)


def _check_question(
    builder: ReportBuilder, claim: Result[TradingSolution], solution: TradingSolution
) -> None:
    """Check that the answer is one to the question that the options state."""
    options = claim.stats.options
    stated = {"prices": solution.price_rule, "max_introductions": solution.max_introductions}
    builder.require(
        "trading.question",
        "price rule and limit are those of the options",
        [
            f"option {key} is {options[key]}, the solution says {value}"
            for key, value in stated.items()
            if key in options and options[key] != value
        ],
    )


def _equal(
    builder: ReportBuilder, id: str, condition: str, found: int | float, claimed: int | float
) -> None:
    """Check that a claimed figure is the recomputed one."""
    builder.compare(
        id,
        condition,
        abs(found - claimed),
        max(abs(found), abs(claimed)),
        lambda: f"it is {found}, not {claimed}",
    )


def _check_welfare(
    builder: ReportBuilder,
    field: str,
    graph: NumberArray,
    claimed: int | float,
    proof: Mapping[str, Any] | None,
) -> None:
    """Check a claimed maximum weight of a graph by its proof, or by solving it here."""
    condition = f"{field} is the greatest total value of trades"
    name = f"trading.{field.replace('_', '-')}"
    if proof is None:
        with builder.search(f"that {condition}") as poll:
            _equal(builder, name, condition, maximum_weight(graph, poll), claimed)
        return
    n, m = graph.shape
    matching = np.array(proof.get("matching", []), dtype=np.int64)
    duals = np.array(proof.get("utilities", [])), np.array(proof.get("prices", []))
    shapes = [matching.shape, duals[0].shape, duals[1].shape] == [(n,), (n,), (m,)]
    buyers = np.flatnonzero(matching >= 0) if shapes else np.empty(0, dtype=np.int64)
    sellers = matching[buyers]
    problems = [] if shapes else ["matching or duals do not have one entry per agent"]
    if shapes and (sellers.max(initial=-1) >= m or len(np.unique(sellers)) < len(sellers)):
        problems.append("the matching in the proof is not a matching")
    elif shapes and (graph[buyers, sellers] < 0).any():
        problems.append("the matching in the proof uses a missing edge")
    if not builder.require(f"{name}.proof", "the proof holds a matching and duals", problems):
        return
    _equal(builder, name, condition, exact_total(graph[buyers, sellers]), claimed)
    slack = np.where(graph >= 0, graph - duals[0][:, None] - duals[1], 0)
    short = max(slack.max(initial=0), -duals[0].min(initial=0), -duals[1].min(initial=0))
    bound = exact_total(duals[0]) + exact_total(duals[1])
    builder.compare(
        f"{name}.optimal",
        f"duals prove that {field} cannot be larger",
        np.array([short, bound - claimed]),
        np.array([builder.scale, max(abs(bound), abs(claimed))]),
        lambda k: (
            f"a pair is not covered by the duals: short by {short}"
            if k == 0
            else f"the duals only prove {bound}, not {claimed}"
        ),
        theorem="BIP-5",
    )


def maximum_weight(graph: NumberArray, poll: Callable[[], None]) -> int | float:
    """Return the weight of a maximum-weight matching; negative entries are no edges.

    Shortest augmenting paths row by row, O(n^2 m) at worst: for claims that bring no proof. `poll`
    is called for each row and may raise.
    """
    n, m = graph.shape
    u, p = np.zeros(n, dtype=graph.dtype), np.zeros(m, dtype=graph.dtype)
    owner = np.full(m, -1)
    item = np.full(n, -1)
    for root in range(n):
        poll()
        u[root] = max(0, (graph[root] - p).max(initial=0))
        distance = np.full(m, u[root] + 1, dtype=graph.dtype)
        parent = np.full(m, -1)
        settled = np.zeros(m, dtype=bool)
        rows, depths = [root], [0 * u[root]]
        limit, last_row, last_column = u[root], root, -1
        while True:
            reach = depths[-1] + u[rows[-1]]
            if reach < limit:
                limit, last_row, last_column = reach, rows[-1], -1
            offered = reach + p - graph[rows[-1]]
            better = (graph[rows[-1]] >= 0) & ~settled & (offered < distance)
            distance[better], parent[better] = offered[better], rows[-1]
            open_columns = np.flatnonzero(~settled)
            if not len(open_columns):
                break
            j = int(open_columns[distance[open_columns].argmin()])
            if distance[j] >= limit or parent[j] < 0:
                break
            if owner[j] < 0:
                limit, last_row, last_column = distance[j], -1, j
                break
            settled[j] = True
            rows.append(int(owner[j]))
            depths.append(distance[j])
        for i, depth in zip(rows, depths, strict=True):
            change = limit - depth
            u[i] -= change
            if i != root:
                p[item[i]] += change
        if last_row == root:
            continue
        j = last_column
        if j < 0:
            j, item[last_row] = int(item[last_row]), -1
        while True:
            i = int(parent[j])
            previous = int(item[i])
            item[i], owner[j] = j, i
            if i == root:
                break
            j = previous
    rows_used = np.flatnonzero(item >= 0)
    return exact_total(graph[rows_used, item[rows_used]])


def _check_bound(
    builder: ReportBuilder,
    network: TradingNetwork,
    claim: Result[TradingSolution],
    data: Mapping[str, Any],
    values: NumberArray,
    known: NumberArray,
    candidate: NumberArray,
) -> float:
    """Check the claimed upper bound; return the best bound there is, infinity without any."""
    upper = claim.bounds.upper
    if claim.objective is not None:
        builder.compare(
            "trading.bound",
            "the objective does not exceed the bound",
            claim.objective - upper if math.isfinite(upper) else 0.0,
            abs(claim.objective),
            lambda: f"objective {claim.objective} exceeds the bound {upper}",
        )
    if claim.status is Status.SOLVED:
        closed = claim.objective is not None and math.isfinite(upper)
        builder.compare(
            "trading.solved",
            "a solved result has a bound that meets its objective",
            upper - (claim.objective or 0) if closed else 1.0,
            max(abs(upper), 1e-300) if closed else 1.0,
            lambda: f"the bound is {upper}, the objective {claim.objective}",
        )
    certificate = claim.certificate
    if isinstance(certificate, BoundCertificate) and certificate.bound != upper:
        builder.require(
            "trading.certificate-bound",
            "the certificate speaks of the bound that is claimed",
            [f"the certificate proves {certificate.bound}, claimed is {upper}"],
        )
    proved = _proved_by_multipliers(builder, network, claim, data, values, known, candidate)
    if not math.isfinite(upper):
        return upper
    relative = builder.tolerances.relative
    slack = relative * max(abs(upper), builder.scale) if relative else 0  # keeps integers
    if proved <= upper + slack or _settled(builder, network, claim, upper):
        return upper
    voucher = _VOUCHERS.get(claim.bounds.source or "", "and nobody is named who vouches for it")
    builder.leave(f"that no introductions earn more than {upper:g}: {voucher}")
    return upper


_VOUCHERS = {
    "certified": "called certified, but it comes without multipliers that prove it",
    "exhaustive": "the word of our own branch and bound",
    "backend": "the word of a branch-and-bound solver",
}
"""Who vouches for a bound, and what that is worth."""


def _proved_by_multipliers(
    builder: ReportBuilder,
    network: TradingNetwork,
    claim: Result[TradingSolution],
    data: Mapping[str, Any],
    values: NumberArray,
    known: NumberArray,
    candidate: NumberArray,
) -> float:
    """Check the bound that multipliers and duals are said to prove; return it, maybe infinite.

    It holds for greatest prices; least prices and fewer introductions earn no more.
    """
    if "multipliers" not in data:
        return math.inf
    upper = claim.bounds.upper
    found: int | float | str = math.inf
    with builder.search("that the multipliers prove their bound") as poll:
        found = lagrangian_bound(values, known, candidate, data, poll)
    if found == math.inf:
        return math.inf
    if isinstance(found, str):
        builder.require("trading.certified-bound", "multipliers and duals prove a bound", [found])
        return math.inf
    proved = found
    if data["multipliers"]:
        proved += 1e-9 * max(1.0, abs(found))  # sums of floats
    if network.is_integral:
        proved = math.floor(proved)  # prices are whole, so revenue without commission is
    proved *= network.commission
    claims = {data.get("certified", upper)}
    if claim.bounds.source == "certified":
        claims.add(upper)
    shown = min(claims)
    builder.compare(
        "trading.certified-bound",
        "multipliers and duals prove the certified bound",
        proved - shown,
        max(abs(proved), abs(shown)),
        lambda: f"they prove {proved}, claimed is {shown}",
    )
    return proved


def _settled(
    builder: ReportBuilder, network: TradingNetwork, claim: Result[TradingSolution], upper: float
) -> bool:
    """Look at all sets of introductions, where they are few; return whether they are."""
    solution = claim.solution
    if solution is None:
        return False
    slack = 0 if builder.tolerances.is_exact else 2.0**-40 * builder.scale
    rule, most = solution.price_rule, solution.max_introductions
    with builder.search(f"that no introductions earn more than {upper:g}") as poll:
        income = greatest_income(network, rule, most, slack, poll)
        if income is None:
            return False
        best = network.commission * income
        builder.compare(
            "trading.scanned-bound",
            "no set of introductions earns more than the bound",
            best - upper,
            max(abs(best), abs(upper)),
            lambda: f"some set earns {best}, more than the bound {upper}",
            theorem="BIP-3",
        )
    return True


def _check_guarantees(
    builder: ReportBuilder, network: TradingNetwork, solution: TradingSolution, upper: float
) -> None:
    """Check `guarantee` against the bound, and `gain_guarantee` against the welfare gain."""
    revenue, guarantee = solution.revenue, solution.guarantee
    problems = []
    if not 0 <= guarantee <= 1:
        problems.append(f"the guarantee {guarantee} is not between 0 and 1")
    elif math.isfinite(upper) and abs(guarantee * upper - revenue) > 1e-6 * abs(revenue):
        proved = f"{revenue / upper:.9g}" if upper else "nothing"
        problems.append(f"revenue {revenue} and bound {upper} prove {proved}, not {guarantee}")
    elif math.isinf(upper) and guarantee > 0:
        builder.leave(f"the guarantee {guarantee:g} comes without a bound and was not rechecked")
    builder.require("trading.guarantee", "the guarantee is revenue divided by the bound", problems)
    claimed = solution.gain_guarantee
    if claimed is not None:
        gain = network.commission * (solution.welfare_full - solution.welfare_without_platform)
        builder.compare(
            "trading.gain-guarantee",
            "revenue is at least the guaranteed share of the welfare gain",
            claimed * gain - revenue,
            max(abs(revenue), 1e-9 * abs(gain)),
            lambda: f"revenue {revenue} is below {claimed} times the welfare gain {gain}",
            theorem="REV-4",
        )


def exact_total(numbers: NumberArray) -> int | float:
    """Return the exact sum of whole numbers, an accurate one of others."""
    if is_integral(numbers):
        whole: int = sum(numbers.tolist())
        return whole
    return math.fsum(numbers.tolist())
