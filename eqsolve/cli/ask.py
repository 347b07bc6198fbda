"""``eqsolve ask``: side questions about an instance, by name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from eqsolve.cli.failures import INTERRUPTED
from eqsolve.cli.parameters import (
    InstanceName,
    OutputName,
    key_values,
    option_option,
    output_options,
    seed_option,
    table_options,
    time_limit_option,
)
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Limit

__all__ = ["command", "show_question"]


class QuestionName(click.ParamType[str]):
    """The name of a question; completes over all families."""

    name = "question"

    def convert(self, value: str, param: object, ctx: object) -> str:
        """Return the name; whether the instance's family has it is checked later."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the questions that begin like this, with their summaries."""
        from eqsolve.registry import from_each

        by_kind, _ = from_each(lambda family: family.questions)
        found = {name: question for named in by_kind.values() for name, question in named.items()}
        return [
            CompletionItem(name, help=found[name].summary)
            for name in sorted(found)
            if name.startswith(incomplete)
        ]


@click.command("ask", epilog="Example: eqsolve ask tips catalog:one-courier-with-tips")
@click.argument("question", type=QuestionName())
@click.argument("instance", type=InstanceName())
@click.argument("solution", required=False)
@table_options
@option_option
@time_limit_option("Stop with what is known.")
@seed_option("For questions that draw numbers: the same seed, the same answer.", int)
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="FILE",
    help="Write the answer as JSON, its table to a .csv file; - for stdout.",
)
@output_options
def command(
    question: str,
    instance: str,
    solution: str | None,
    table: dict[str, str],
    options: tuple[str, ...],
    time_limit: float | None,
    seed: int,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer QUESTION about INSTANCE, and recheck the answer where that is possible.

    `eqsolve methods KIND` lists the questions of a kind with their options. Some are about a
    solution: SOLUTION is a file of one, and without it one is found first. Exit status 0: an
    answer was shown; 2: unusable input; 3: a limit was hit with nothing to show; 130: interrupted.
    """
    show_question(
        question, instance, solution, options, time_limit, seed, output, as_json, quiet, table=table
    )


def show_question(
    question: str,
    instance: str,
    solution: str | None,
    options: tuple[str, ...],
    time_limit: float | None,
    seed: int,
    output: str | None,
    as_json: bool,
    quiet: bool,
    *,
    table: dict[str, str] | None = None,
) -> None:
    """Ask, then write the answer where the user wants it."""
    from eqsolve.ask import ask, find_question
    from eqsolve.cli.render import show_answer, show_json, warn, warn_left_out, warn_read_as
    from eqsolve.cli.running import progress_shown, run_interruptibly
    from eqsolve.core.options import parse_options
    from eqsolve.frames import to_csv
    from eqsolve.io import load_solution
    from eqsolve.io.encode import encode
    from eqsolve.io.opening import (
        STANDARD,
        open_instance,
        require_file,
        require_output,
        require_two,
        write_output,
    )
    from eqsolve.registry import family_of
    from eqsolve.solve import clock

    if question.startswith("catalog:") or Path(question).is_file():
        raise OptionError(f"the question comes first: eqsolve ask {instance} {question}")
    require_output(output)
    as_table = require_file(output)
    require_two(instance, solution)
    market = open_instance(instance, table)
    if table and not quiet:
        warn_read_as(market)
    warn_left_out(market)
    family = family_of(market)
    chosen = find_question(family, question)
    settings = parse_options(chosen, f"question {question!r}", key_values(options))
    result = None if solution is None else load_solution(solution, market)
    with progress_shown(quiet) as on_progress:
        deadline = clock(family, time_limit, on_progress)
        answer = run_interruptibly(
            lambda running: ask(
                market, question, result=result, seed=seed, deadline=running, **settings
            ),
            deadline,
        )
    if answer is None:
        # A foreign solver is still running in its thread and cannot be stopped otherwise.
        warn("interrupted, with nothing to show")
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    if output not in (None, STANDARD):
        data = to_csv(answer).encode() if as_table else encode(answer.to_dict())
        write_output(str(output), data)
    if output == STANDARD or as_json:
        show_json(answer.to_dict())
    elif not quiet:
        show_answer(market, answer)
    if deadline.limit is Limit.INTERRUPTED:
        warn("interrupted; the answer may be part of what there is")
        click.get_current_context().exit(INTERRUPTED)
