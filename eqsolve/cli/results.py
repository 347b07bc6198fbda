"""``eqsolve results``: what a batch run has found, and its export."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from eqsolve.cli.parameters import OutputName, output_options

__all__ = ["command"]


@click.command("results", epilog="Example: eqsolve results run.sqlite --csv run.csv")
@click.argument("store", metavar="RUN.sqlite")
@click.option("--csv", "csv_file", type=OutputName(), metavar="FILE", help="One line per item.")
@click.option(
    "--parquet",
    type=OutputName(),
    metavar="FILE",
    help="The same columns; needs the extra `parquet`.",
)
@click.option("--solutions", metavar="DIR", help="One solution file per answered item.")
@click.option(
    "--html", "html_file", type=OutputName(), metavar="FILE", help="A page that opens offline."
)
@output_options
def command(
    store: str,
    csv_file: str | None,
    parquet: str | None,
    solutions: str | None,
    html_file: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Summarize RUN.sqlite: counts by status, times, items without an answer and why.

    What a run was asked and has not answered yet counts as open, and the command that goes on is
    named; - as a FILE is standard output, as RUN.sqlite standard input. CSV cells that a
    spreadsheet would run as a formula begin with a quote.
    """
    from eqsolve.batch.export import export_csv, export_parquet, export_solutions
    from eqsolve.batch.store import Store
    from eqsolve.batch.summary import open_sentence, summary_document, summary_tables
    from eqsolve.cli.render import show_json, show_line, show_tables
    from eqsolve.core.errors import OptionError
    from eqsolve.io.opening import STANDARD, spooled

    piped = [name for name in (csv_file, parquet, html_file) if name == STANDARD]
    if len(piped) + as_json > 1:
        raise OptionError("standard output takes one of --csv, --parquet, --html and --json")
    with ExitStack() as stack:
        if store == STANDARD:
            store = str(stack.enter_context(spooled(sys.stdin.buffer.read())))
        run = stack.enter_context(Store(store, read_only=True))
        written = []
        if csv_file is not None:
            written.append(f"{export_csv(run, Path(csv_file))} lines in {csv_file}")
        if parquet is not None:
            written.append(f"{export_parquet(run, Path(parquet))} rows in {parquet}")
        if solutions is not None:
            written.append(f"{export_solutions(run, Path(solutions))} files in {solutions}")
        if html_file is not None:
            from eqsolve.batch.html import export_html

            written.append(f"{export_html(run, Path(html_file))} items in {html_file}")
        document = summary_document(run.rows(), run.runs())
        if as_json:
            show_json(document)
        elif not (quiet or piped):
            show_tables(summary_tables(run.rows()))
            for line in written:
                show_line(line)
            if document["open"]:
                show_line(open_sentence(document))
