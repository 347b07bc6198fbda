"""``eqsolve convert``: foreign files to instances, instances from one form to another."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.parameters import OutputName, key_values, quiet_option, table_options
from eqsolve.core.text import counted

if TYPE_CHECKING:
    from eqsolve.core.instance import Instance
    from eqsolve.core.result import Result

__all__ = ["command"]


@click.command(
    "convert",
    epilog="Example: eqsolve convert assign100.txt assign100.json --option from=orlib",
)
@click.argument("source", required=False)
@click.argument("target", type=OutputName(), required=False)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="from=NAME chooses the converter, others are its settings; arrays=npy writes .npy files, "
    "to=course_lists two tables of a course allocation.",
)
@click.option("--list", "listing", is_flag=True, help="List the converters and stop.")
@table_options
@quiet_option
def command(
    source: str | None,
    target: str | None,
    options: tuple[str, ...],
    listing: bool,
    table: dict[str, str],
    quiet: bool,
) -> None:
    """Turn SOURCE into instance files at TARGET.

    TARGET is a .json, .jsonl or .nfg file, a .csv file for a table with names, a .txt file for an
    auction in the format of CATS, a folder, or - for standard output. A .csv SOURCE is a table of
    any kind that fits one: --kind KIND says which and --table KEY=VALUE how it is read; --option
    takes both too. The converter is recognized from the file where that is possible. Where SOURCE
    holds an answer too, such as the record of an experiment, it is written beside the instance, as
    NAME.solution.json. A .sqlite file takes what models answered.
    """
    from eqsolve.cli.render import show_failures, show_line, warn
    from eqsolve.io.collections import write_answered
    from eqsolve.io.converting import answered, converters_and_failures
    from eqsolve.io.sheets import SHEET_OPTIONS, kinds_of_sheets
    from eqsolve.io.sources import PassedOver

    known, failures = converters_and_failures()
    show_failures(failures)
    if listing or source is None or target is None:
        from eqsolve.cli.render import show_tables
        from eqsolve.core.errors import OptionError
        from eqsolve.core.options import option_table
        from eqsolve.core.table import Table

        if not listing:
            raise OptionError("give SOURCE and TARGET (or --list)")
        shown = Table("Converters", ["from", "makes", "what", "options"], limit=None)
        for entry in known.values():
            settings = ", ".join(f"{key}={value[1]}" for key, value in option_table(entry).items())
            shown.add(entry.name, entry.kind, entry.summary, settings)
        words = ", ".join(f"{key} ({what})" for key, what in SHEET_OPTIONS.items())
        kinds = ", ".join(kinds_of_sheets())
        summary = "CSV: a matrix with names, or a list with a column a side; chosen by --kind KIND"
        shown.add("table", kinds, summary, f"{words}; SIDE=COLUMN, FIELD=COLUMN, settings")
        show_tables([shown])
        return
    texts = _settings(table, options)
    arrays, form = texts.pop("arrays", "inline"), texts.pop("to", None)
    if Path(target).suffix == ".sqlite":
        from eqsolve.io.transcripts import write_transcript

        kept = write_transcript(source, target, texts)
        if not quiet:
            show_line(f"{counted(kept, 'answer')} in {Path(target)}")
        return
    passed_over = PassedOver()
    instances: Iterable[Any] = _with_warnings(answered(source, texts, passed_over), quiet)
    as_table = Path(target).suffix.lower() == ".csv"
    if as_table:
        instances = list(islice(instances, 2))  # one, or it is refused
    written, answers = write_answered(instances, target, arrays=arrays, form=form)
    if passed_over and not quiet:
        warn(f"passed over: {passed_over}")
    if not quiet and target != "-":
        beside = f", {answers} with its solution beside it" if answers else ""
        show_line(f"{counted(written, 'instance')} in {Path(target)}{beside}")
        if as_table:
            ((instance, _),) = instances
            show_line(f"read it with {shlex.join(_reading(instance, form))}")


def _reading(instance: Instance, form: str | None) -> list[str]:
    """Return the words by which a table, or files that belong together, are read."""
    from eqsolve.io.file_sets import set_options
    from eqsolve.io.sheet_writing import reading_options
    from eqsolve.io.sheets import reading_words

    if form is None:
        return reading_words(reading_options(instance))
    return [
        word
        for key, text in set_options(instance, form).items()
        for word in ("--option", f"{key}={text}")
    ]


def _settings(table: Mapping[str, str], options: tuple[str, ...]) -> dict[str, str]:
    """Return the settings of the converter, or of the table in either of their forms.

    Raises
    ------
    OptionError : one is given in both.
    """
    from eqsolve.core.errors import OptionError

    texts = key_values(options)
    for key in table:
        if key in texts:
            other = "--kind" if key == "kind" else f"--table {key}"
            raise OptionError(f"--option {key}: given by {other} too")
    return {**table, **texts}


def _with_warnings(
    pairs: Iterable[tuple[Instance, Result[Any] | None]], quiet: bool
) -> Iterator[tuple[Instance, Result[Any] | None]]:
    """Pass instances on, saying on standard error how they were read, and what was left out."""
    from eqsolve.cli.render import warn_left_out, warn_read_as

    for instance, result in pairs:
        if not quiet:
            warn_read_as(instance)
        warn_left_out(instance)
        yield instance, result
