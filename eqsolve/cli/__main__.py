"""``eqsolve``: the verbs, listed once; a verb's module is imported when it runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from eqsolve.cli.failures import reported
from eqsolve.cli.streams import fill_closed_streams, keep_standard_output, show_anything
from eqsolve.version import __version__

__all__ = ["main", "run"]

VERBS = {
    "solve": "answer the question of one instance, with proof",
    "verify": "recheck a solution from the instance alone",
    "ask": "answer a side question about one instance",
    "batch": "solve many instances; kill it and start it again at will",
    "results": "show and export what a batch run has found",
    "generate": "write random or structured instances",
    "convert": "turn foreign files into instances",
    "bench": "measure against other libraries in the same run",
    "theorems": "check the theorems, search for counterexamples",
    "plot": "draw an instance or its solution",
    "methods": "list methods, their options, theorems and cost",
    "cite": "print the paper behind a method, or how to cite eqsolve",
    "schema": "print the JSON Schema of a kind's files",
    "completion": "print the shell completion script",
    "doctor": "show versions and check that the installation works",
}
"""Verb -> one line; the module of the same name holds ``command``."""

OLD_VERBS = ("compare", "effects")
"""Verbs that say on standard error what to use now; no list shows them."""


class LazyGroup(click.Group):
    """A group that knows its verbs' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a verb."""
        if name not in VERBS and name not in OLD_VERBS:
            return None
        command: click.Command = import_module(f"eqsolve.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb asked for; an unknown one gets the nearest name."""
        from eqsolve.core.errors import nearest_name

        known = (*VERBS, *OLD_VERBS)
        if args and args[0] not in known and not args[0].startswith("-"):
            ctx.fail(f"unknown verb {args[0]!r}; {nearest_name(args[0], VERBS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb; faults of the input become lines on standard error and status 2."""
        show_anything()
        with reported(ctx):
            try:
                return super().invoke(ctx)
            finally:  # here a reader that has gone away can still be reported
                if sys.stdout is not None:
                    sys.stdout.flush()


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it: eqsolve solve catalog:shapley-shubik-1971",
)
@click.version_option(__version__, prog_name="eqsolve")
def main() -> None:
    """Markets, auctions, games and contracts solved with proofs that a separate verifier checks."""


def run() -> None:
    """Run `main` as a program: foreign code can neither spoil its output nor hold up its exit."""
    fill_closed_streams()
    keep_standard_output()
    try:
        main()
    except SystemExit as ended:
        apart = sys.modules.get("eqsolve.algorithms.programs.in_thread")
        if apart is not None and apart.anything_left():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
        raise


if __name__ == "__main__":
    run()
