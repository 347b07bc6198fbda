"""``eqsolve verify``: recheck a solution from the instance alone."""

from __future__ import annotations

from typing import Any

import click

from eqsolve.cli.failures import ANSWER_NO
from eqsolve.cli.parameters import InstanceName, output_options

__all__ = ["command"]


@click.command("verify", epilog="Example: eqsolve verify market.json solution.json")
@click.argument("instance", type=InstanceName())
@click.argument("solution")
@click.option("--tolerance", type=float, default=1e-6, show_default=True, help="Relative.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, instance: str, solution: str, tolerance: float, as_json: bool, quiet: bool
) -> None:
    """Check every condition of SOLUTION against INSTANCE; name who breaks which, and by how much.

    Exit status 0: all conditions hold; 1: violations were found; 2: unusable input.
    """
    from eqsolve.cli.render import show_json, show_tables
    from eqsolve.core.table import Table
    from eqsolve.io.verification import verify_file

    report = verify_file(instance, solution, tolerance)
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
        document: dict[str, Any] = {**report.to_dict(), "checks": checks}
        show_json(document)
    elif not quiet:
        table = Table("Conditions", ["condition", "theorem", "result", "worst violation"])
        table.extend(
            (check.id, check.theorem, "holds" if check.passed else "FAILS", check.worst)
            for check in report.checks
        )
        show_tables([table])
        click.echo(str(report))
        for sentence in report.unchecked:
            click.echo(f"not rechecked: {sentence}")
    ctx.exit(0 if report.valid else ANSWER_NO)
