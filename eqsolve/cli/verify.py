"""``eqsolve verify``: recheck a solution from the instance alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.failures import ANSWER_NO, NOT_PROVED
from eqsolve.cli.parameters import InstanceName, output_options, table_options

if TYPE_CHECKING:
    from eqsolve.core.instance import Instance

__all__ = ["command"]


@click.command("verify", epilog="Example: eqsolve verify market.json solution.json")
@click.argument("instance", type=InstanceName())
@click.argument("solution")
@table_options
@click.option("--tolerance", type=float, default=1e-6, show_default=True, help="Relative.")
@click.option(
    "--time-limit",
    type=float,
    metavar="SECONDS",
    help="End searches for what would refute the claims; what is left is not proved.",
)
@click.option(
    "--trust", is_flag=True, help="Accept claims that rest on a solver's word: status 0, not 4."
)
@click.option(
    "--recheck",
    multiple=True,
    metavar="NAME",
    help="Recompute also what the kind recomputes on request only: learner.",
)
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    instance: str,
    solution: str,
    table: dict[str, str],
    tolerance: float,
    time_limit: float | None,
    trust: bool,
    recheck: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Check every condition of SOLUTION against INSTANCE; name who breaks which, and by how much.

    Exit status 0: all conditions hold and all claims are proved; 1: violations were found; 2:
    unusable input; 4: nothing is refuted, but a claim ("solved", a bound, a guarantee, ...) is not
    proved, because its evidence is missing or cannot be rechecked, or the time limit came first.
    """
    from eqsolve.cli.render import show_json, show_lines, show_tables, warn_read_as
    from eqsolve.core.report import Verdict
    from eqsolve.core.table import Table
    from eqsolve.io.verification import verify_file

    def told(market: Instance[Any]) -> None:
        if table and not quiet:
            warn_read_as(market)

    report = verify_file(instance, solution, tolerance, time_limit, recheck, table, told)
    if as_json:
        checks = [
            {
                "id": check.id,
                "condition": check.condition,
                "theorem": check.theorem,
                "passed": check.passed,
                "violations": check.violations,
                "worst": check.worst,
            }
            for check in report.checks
        ]
        document: dict[str, Any] = {
            "verdict": report.verdict.value,
            **report.to_dict(),
            "checks": checks,
        }
        show_json(document)
    elif not quiet:
        conditions = Table("Conditions", ["condition", "theorem", "result", "worst violation"])
        conditions.extend(
            (check.id, check.theorem, "holds" if check.passed else "FAILS", check.worst)
            for check in report.checks
        )
        conditions.extend(("claim", "", "NOT PROVED", sentence) for sentence in report.unchecked)
        show_tables([conditions])
        show_lines(str(report))
    unproved = NOT_PROVED if not trust else 0
    status = {Verdict.VALID: 0, Verdict.VIOLATED: ANSWER_NO, Verdict.NOT_PROVED: unproved}
    ctx.exit(status[report.verdict])
