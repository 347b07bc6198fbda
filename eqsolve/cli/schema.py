"""``eqsolve schema``: JSON Schema of a kind's files."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import KindName

__all__ = ["command"]


@click.command(
    "schema", epilog="Example: eqsolve schema assignment_market > assignment.schema.json"
)
@click.argument("kind", type=KindName())
@click.option("--solution", is_flag=True, help="The schema of solution files instead.")
def command(kind: str, solution: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of KIND's instance files."""
    from eqsolve.cli.render import show_json
    from eqsolve.io.schema import instance_schema, solution_schema

    show_json(solution_schema(kind) if solution else instance_schema(kind))
