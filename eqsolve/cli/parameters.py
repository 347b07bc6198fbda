"""Options and arguments that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from eqsolve.core.errors import OptionError
from eqsolve.registry import families, from_each

__all__ = [
    "InstanceName",
    "KindName",
    "MethodName",
    "OutputName",
    "json_option",
    "key_values",
    "option_option",
    "output_options",
    "question_options",
    "quiet_option",
    "seed_option",
    "table_options",
    "time_limit_option",
]

_WHOLE = click.IntRange(min=0)


class KindName(click.ParamType[str]):
    """A kind of instance; completes from the registry."""

    name = "kind"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the kind if it exists."""
        from eqsolve.registry import get_family

        return get_family(value).kind

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """Return the kinds that begin like this."""
        kinds = [family.kind for family in families()]
        return [CompletionItem(kind) for kind in kinds if kind.startswith(incomplete)]


class MethodName(click.ParamType[str]):
    """A method's name; completes over all families."""

    name = "name"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name; whether the family has it is checked later, by kind."""
        return str(value)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """Return the methods that begin like this, with their summaries."""
        by_kind, _ = from_each(lambda family: family.methods)
        found = {method.name: method.summary for entry in by_kind.values() for method in entry}
        return [
            CompletionItem(name, help=summary)
            for name, summary in sorted(found.items())
            if name.startswith(incomplete)
        ]


class InstanceName(click.ParamType[str]):
    """A path, ``catalog:NAME`` or ``-``; completes files and catalog names."""

    name = "instance"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name as it is."""
        return str(value)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """Return catalog names, or leave files to the shell."""
        if incomplete.startswith("catalog:"):
            from eqsolve.catalog import catalog_names

            names = [f"catalog:{name}" for name in catalog_names()]
            return [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return [CompletionItem(incomplete, type="file")]


class OutputName(click.ParamType[str]):
    """A file to write, or ``-``; completes files. ``/dev/stdout`` is ``-`` as well."""

    name = "output"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the name, ``-`` for whatever means standard output."""
        from eqsolve.io.atomic import is_standard_output
        from eqsolve.io.opening import STANDARD

        return STANDARD if is_standard_output(Path(value)) else str(value)

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[CompletionItem]:
        """Leave files to the shell."""
        return [CompletionItem(incomplete, type="file")]


def question_options(
    limit_help: str, *, limit: float | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator: ``--method``, ``--option``, ``--time-limit`` and ``--seed``.

    Parameters
    ----------
    limit_help : what the time limit is for.
    limit : default time limit, seconds; None leaves it to the family.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            seed_option("For methods that draw numbers: the same seed, the same answer.", int),
            time_limit_option(limit_help, limit),
            option_option,
            click.option(
                "--method", type=MethodName(), default="auto", show_default=True,
                help="How to solve; `eqsolve methods KIND` lists the methods.",
            ),
        ):  # fmt: skip
            function = option(function)
        return function

    return add


def option_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--option KEY=VALUE``, repeatable."""
    return click.option(
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        help="A setting of the method or question; repeatable. `eqsolve methods KIND` lists them.",
    )(function)


def time_limit_option(
    text: str, default: float | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator: ``--time-limit``."""
    return click.option(
        "--time-limit",
        type=float,
        default=default,
        show_default=default is not None,
        metavar="SECONDS",
        help=text,
    )


def seed_option(
    what: str, kind: Any = _WHOLE
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds ``--seed``, 0 unless told.

    Parameters
    ----------
    what : what is drawn with it.
    kind : what the command line takes for one; `int` where the library refuses other seeds itself.
    """
    return click.option("--seed", type=kind, default=0, show_default=True, help=what)


def table_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--kind KIND`` and ``--table KEY=VALUE``, which come as one dictionary ``table``.

    It holds what `eqsolve.convert` takes for a table: ``kind`` and the other settings as texts; it
    is empty where no kind is said.
    """

    @wraps(function)
    def called(*args: Any, kind: str | None, table: tuple[str, ...], **rest: Any) -> Any:
        return function(*args, table=_table_settings(kind, table), **rest)

    for option in (
        click.option(
            "--table",
            multiple=True,
            metavar="KEY=VALUE",
            help="How the table is read, such as decimal=comma or n_platforms=3; repeatable. "
            "`eqsolve convert --list` names what there is.",
        ),
        click.option(
            "--kind",
            type=KindName(),
            metavar="KIND",
            help="What a CSV file holds, such as assignment_market.",
        ),
    ):
        called = option(called)
    return called


def _table_settings(kind: str | None, texts: tuple[str, ...]) -> dict[str, str]:
    """Return the settings of a table, with its kind; none without a kind."""
    found = key_values(texts, "--table")
    if "kind" in found:
        raise OptionError("--table kind: the kind is said by --kind KIND")
    if kind is None and found:
        raise OptionError(f"--table {next(iter(found))}: says how a table is read; add --kind KIND")
    return {} if kind is None else {"kind": kind, **found}


def output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` and ``--quiet``."""
    return json_option(quiet_option(function))


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")(
        function
    )


def quiet_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--quiet``."""
    return click.option(
        "-q", "--quiet", is_flag=True, help="No tables and no progress; exit status and files only."
    )(function)


def key_values(texts: tuple[str, ...], option: str = "--option") -> dict[str, str]:
    """Return ``KEY=VALUE`` texts as a dictionary; `option` is what messages call them.

    Raises
    ------
    OptionError : a text without ``=``, or a key given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise OptionError(f"{option} {text!r}: must have the form KEY=VALUE")
        if key in found:
            raise OptionError(f"{option} {key}: given twice")
        found[key] = value
    return found
