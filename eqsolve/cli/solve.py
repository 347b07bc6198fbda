"""``eqsolve solve``: one instance, one verified answer."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.failures import ANSWER_NO, INTERRUPTED, NOTHING_FOUND
from eqsolve.cli.parameters import (
    InstanceName,
    OutputName,
    key_values,
    output_options,
    question_options,
    table_options,
)
from eqsolve.core.status import Limit, Status

if TYPE_CHECKING:
    from eqsolve.core.instance import Instance

__all__ = ["command"]


@click.command("solve", epilog="Example: eqsolve solve market.json --option prices=min -o out.json")
@click.argument("instance", type=InstanceName())
@table_options
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="SOLUTION",
    help="Write the solution file; .csv for its table, - for stdout.",
)
@question_options("Stop with the best found.")
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    instance: str,
    table: dict[str, str],
    output: str | None,
    method: str,
    options: tuple[str, ...],
    time_limit: float | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer the question of INSTANCE.

    INSTANCE is a file, also a foreign one that a converter recognizes, a .csv file with --kind,
    file.jsonl#LINE, catalog:NAME, or - for standard input.

    Exit status 0: an answer was written; 1: so it was, but a session of an experiment broke off;
    2: unusable input; 3: a limit was hit with nothing to show; 130: interrupted (the best found so
    far is written).
    """
    from eqsolve.cli.render import show_json, show_result, warn, warn_left_out, warn_read_as
    from eqsolve.cli.running import leave, solved
    from eqsolve.io import save_solution
    from eqsolve.io.opening import STANDARD, open_instance, require_file, require_output
    from eqsolve.io.solutions import solution_document
    from eqsolve.registry import family_of
    from eqsolve.solve import Request

    require_output(output)
    as_table = require_file(output)
    texts = key_values(options)
    request = Request(method=method, texts=texts, time_limit=time_limit, seed=seed)
    market = open_instance(instance, table)
    if table and not quiet:
        warn_read_as(market)
    family = family_of(market)
    request.settings(family)
    if output not in (None, STANDARD):
        request = replace(request, texts={**_kept_beside(market, method, str(output)), **texts})
    result, abandoned = solved(market, request, quiet)
    if output not in (None, STANDARD):  # before anything is printed: a pipe's reader may leave
        if result.solution is None and as_table:
            warn(f"{output}: not written, there is no solution to make a table of")
        else:
            save_solution(market, result, str(output))
    if output == STANDARD or as_json or quiet:  # the tables show it themselves
        warn_left_out(market)
    if output == STANDARD or as_json:
        show_json(solution_document(market, result))
    elif not quiet:
        show_result(market, result)
    status = 0
    if result.limit is Limit.INTERRUPTED:
        again = shlex.join(["eqsolve", *sys.argv[1:]])
        warn(f"interrupted; to run it to the end: {again}")
        status = INTERRUPTED
    elif result.status is Status.UNKNOWN:
        status = NOTHING_FOUND
    elif result.solution is not None and family.broken_off(result.solution):
        status = ANSWER_NO
    leave(ctx, status, abandoned)


def _kept_beside(market: Instance[Any], method: str, output: str) -> dict[str, str]:
    """Return where answers of models are kept unless somebody says it: beside the solution."""
    from eqsolve.core.options import option_table
    from eqsolve.registry import family_of

    chosen = (entry for entry in family_of(market).methods if entry.name == method)
    if not (market.asks_models and any("cache" in option_table(entry) for entry in chosen)):
        return {}
    beside = Path(output)
    return {"cache": str(beside.with_name(f"{beside.stem}.answers.sqlite"))}
