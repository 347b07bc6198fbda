"""``eqsolve bench``: measure against other libraries in the same run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.failures import ANSWER_NO
from eqsolve.cli.parameters import OutputName, output_options, seed_option

if TYPE_CHECKING:
    from eqsolve.bench.measure import Measurement

__all__ = ["command"]


@click.command("bench", epilog="Example: eqsolve bench assignment --quick")
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@click.option("--quick", is_flag=True, help="Small sizes: under two minutes.")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=OutputName(),
    multiple=True,
    metavar="FILE",
    help="JSON, - for stdout, or a Markdown page if it ends in .md, which keeps what was written "
    "on it by hand; repeatable.",
)
@click.option("--compare", metavar="OLD.json", help="Show what got slower since that run.")
@click.option(
    "--from", "earlier", multiple=True, metavar="RUN.json", help="Measure nothing, show these runs."
)
@click.option("--case", "cases", multiple=True, metavar="NAME", help="Only this case; repeatable.")
@click.option("--memory/--no-memory", default=None, help="Peak memory; default on unless --quick.")
@click.option(
    "--compiling/--no-compiling",
    default=None,
    help="Processor time of compiling, minutes in all; default on unless --quick.",
)
@click.option(
    "--clock",
    type=click.Choice(["wall", "processor"]),
    default="wall",
    show_default=True,
    help="Seconds of the wall, or of processors, on a machine that is busy with other work.",
)
@seed_option("Of the instances that are drawn.")
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    suites: tuple[str, ...],
    quick: bool,
    outputs: tuple[str, ...],
    compare: str | None,
    earlier: tuple[str, ...],
    cases: tuple[str, ...],
    memory: bool | None,
    compiling: bool | None,
    clock: str,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the SUITES (all by default); peers are measured where they are installed.

    Exit status 1: an answer was wrong, or (with --compare) something got slower.
    """
    from eqsolve.bench.compiling import compile_kernels, compile_time
    from eqsolve.bench.environment import environment
    from eqsolve.bench.measure import measure
    from eqsolve.bench.report import compare_runs, hand_written, markdown, merged, tables
    from eqsolve.bench.suites import all_cases, find_suite
    from eqsolve.cli.render import show_failures, show_json, show_tables, warn
    from eqsolve.core.errors import OptionError, nearest_name
    from eqsolve.io.encode import encode
    from eqsolve.io.opening import STANDARD, require_form, require_output, write_output

    if suites:
        chosen = [case for suite in suites for case in find_suite(suite)]
    else:
        chosen, failures = all_cases()
        show_failures(failures)
    for name in cases:
        if name not in [case.name for case in chosen]:
            hint = nearest_name(name, [case.name for case in chosen])
            raise OptionError(f"unknown case {name!r}; {hint}")
    if cases:
        chosen = [case for case in chosen if case.name in cases]
    if STANDARD in outputs:
        as_json, outputs = True, tuple(name for name in outputs if name != STANDARD)
    for name in outputs:
        require_form(name, "measurements are written as", ".json file", ".md page")
        require_output(name)
    pages = {name: Path(name) for name in outputs if name.endswith(".md")}
    kept = {name: hand_written(at.read_text() if at.exists() else "") for name, at in pages.items()}
    old = None if compare is None else _read_run(compare)[1]
    rows: list[Measurement] = []
    facts = environment()
    with_memory = not quick if memory is None else memory

    def step(text: str) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"\r\033[K{text}", nl=False, err=True)

    def document() -> dict[str, Any]:
        return {"environment": facts, "measurements": [row.to_dict() for row in rows]}

    def keep() -> None:
        titled = {f"{case.suite}: {case.name}": case for case in chosen}
        for name in outputs:
            if name.endswith(".md"):
                page = markdown(facts, rows, titled, by_hand=kept[name])
                write_output(name, page.encode())
            else:
                write_output(name, encode(document()))

    def show(found: list[Measurement]) -> None:
        if not (as_json or quiet):
            show_tables(tables(found))

    if earlier:
        if suites or cases:
            raise OptionError("--from shows earlier runs as they are: no suites, no cases")
        runs = [_read_run(name) for name in earlier]
        facts, rows = (
            merged([told for told, _ in runs]),
            [row for _, found in runs for row in found],
        )
        show(rows)
        keep()
    else:
        step("compiling kernels: once, the disk keeps them")
        compile_kernels(chosen, seed)
        for case in chosen:
            found = list(
                measure(case, quick=quick, memory=with_memory, seed=seed, clock=clock, on_step=step)
            )
            step("")
            show(found)
            rows += found
            keep()  # after every case, so that an interrupted run has what it measured
        for case in chosen if (not quick if compiling is None else compiling) else []:
            if case.compiles is not None:
                step(f"{case.name}: compiling with an empty cache")
                found = [compile_time(case, seed)]
                step("")
                show(found)
                rows += found
                keep()
    if as_json:
        show_json(document())
    slower: list[str] = []
    if old is not None:
        table, slower = compare_runs(old, rows)
        if not (as_json or quiet):
            show_tables([table])
    wrong = [row for row in rows if row.agrees is False]
    for row in wrong:
        text = f"{row.suite}: {row.case} {row.size}: {row.contender} answers {row.answer}"
        warn(text)
    ctx.exit(ANSWER_NO if wrong or slower else 0)


def _read_run(name: str) -> tuple[dict[str, str], list[Measurement]]:
    """Return environment and measurements of a JSON file that this command wrote."""
    from eqsolve.bench.measure import Measurement
    from eqsolve.core.errors import Fault, FormatError

    try:
        document = json.loads(Path(name).read_text())
        rows = [Measurement(**row) for row in document["measurements"]]
        return dict(document["environment"]), rows
    except (ValueError, KeyError, TypeError):
        raise FormatError(name, Fault("", "not a JSON file of eqsolve bench")) from None
