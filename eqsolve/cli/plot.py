"""``eqsolve plot``: draw an instance or its solution."""

from __future__ import annotations

import click

from eqsolve.cli.failures import INTERRUPTED
from eqsolve.cli.parameters import (
    InstanceName,
    OutputName,
    quiet_option,
    table_options,
    time_limit_option,
)
from eqsolve.core.status import Limit

__all__ = ["command"]


@click.command("plot", epilog="Example: eqsolve plot catalog:shapley-shubik-1971 -o prices.png")
@click.argument("instance", type=InstanceName())
@click.argument("solution", required=False)
@table_options
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="PICTURE",
    help="A .png, .svg or .pdf file; - for SVG on stdout.",
)
@click.option("--picture", metavar="NAME", help="Which picture; default the kind's first.")
@click.option("--list", "listing", is_flag=True, help="List the pictures of the kind and stop.")
@time_limit_option("Draw the best found by then, where no SOLUTION is given.")
@quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    instance: str,
    solution: str | None,
    table: dict[str, str],
    output: str | None,
    picture: str | None,
    listing: bool,
    time_limit: float | None,
    quiet: bool,
) -> None:
    """Draw INSTANCE with SOLUTION, which is computed when it is not given."""
    from eqsolve.cli.render import show_line, warn, warn_left_out, warn_read_as
    from eqsolve.cli.running import leave, solved
    from eqsolve.core.errors import OptionError
    from eqsolve.draw import draw, pictures
    from eqsolve.io import load_solution
    from eqsolve.io.opening import STANDARD, open_instance, require_two
    from eqsolve.solve import Request

    require_two(instance, solution)
    market = open_instance(instance, table)
    if table and not quiet:
        warn_read_as(market)
    warn_left_out(market)
    if listing:
        for name, function in pictures(market.kind).items():
            click.echo(f"{name}: {(function.__doc__ or '').splitlines()[0]}")
        return
    if output is None:
        raise OptionError("give -o PICTURE, a .png, .svg or .pdf file (or --list)")
    pictures(market.kind)  # refuses early what cannot be drawn
    abandoned = False
    if solution is None:
        result, abandoned = solved(market, Request(time_limit=time_limit), quiet)
    else:
        result = load_solution(solution, market)
    interrupted = solution is None and result.limit is Limit.INTERRUPTED
    if interrupted and result.solution is None:
        warn("interrupted, with nothing to draw")
    else:
        drawn = draw(market, result, output, picture=picture)
        if solution is None and result.limit is not None:
            warn(f"stopped early: {result.limit.meaning}; the picture shows what was found")
        if not quiet and output != STANDARD:
            show_line(f"{drawn} in {output}")
    leave(ctx, INTERRUPTED if interrupted else 0, abandoned)
