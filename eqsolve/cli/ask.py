"""``eqsolve ask``: side questions about an instance, by name."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from eqsolve.cli.parameters import (
    InstanceName,
    key_values,
    option_option,
    output_options,
    time_limit_option,
)

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
@option_option
@time_limit_option("Stop with what is known.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write the answer as JSON; - for stdout.")
@output_options
def command(
    question: str,
    instance: str,
    solution: str | None,
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
    answer was shown; 2: unusable input; 3: a limit was hit with nothing to show.
    """
    show_question(question, instance, solution, options, time_limit, seed, output, as_json, quiet)


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
) -> None:
    """Ask, then write the answer where the user wants it."""
    from eqsolve.ask import ask, find_question
    from eqsolve.cli.render import show_answer, show_json
    from eqsolve.core.options import parse_options
    from eqsolve.io import load_solution
    from eqsolve.io.encode import encode
    from eqsolve.io.opening import (
        STANDARD,
        open_instance,
        require_output,
        require_two,
        write_output,
    )
    from eqsolve.registry import family_of

    require_output(output)
    require_two(instance, solution)
    market = open_instance(instance)
    chosen = find_question(family_of(market), question)
    settings = parse_options(chosen, f"question {question!r}", key_values(options))
    result = None if solution is None else load_solution(solution, market)
    answer = ask(market, question, result=result, time_limit=time_limit, seed=seed, **settings)
    if output not in (None, STANDARD):
        write_output(str(output), encode(answer.to_dict()))
    if output == STANDARD or as_json:
        show_json(answer.to_dict())
    elif not quiet:
        show_answer(market, answer)
