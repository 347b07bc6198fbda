"""``eqsolve generate``: random and structured instances from named recipes."""

from __future__ import annotations

from pathlib import Path

import click

from eqsolve.cli.parameters import KindName, OutputName, key_values, quiet_option, seed_option
from eqsolve.core.errors import OptionError

__all__ = ["command"]


@click.command(
    "generate",
    epilog="Example: eqsolve generate assignment_market --count 10 -o markets/",
)
@click.argument("kind", type=KindName())
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="recipe=NAME or a setting of the recipe; repeatable.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many instances to write.",
)
@seed_option("Of the random numbers: the same seed, the same instances.")
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    metavar="DIR",
    help="A folder (one file each) or a .jsonl file; - writes lines to standard output.",
)
@click.option("--list", "listing", is_flag=True, help="List the kind's recipes and stop.")
@quiet_option
def command(
    kind: str,
    options: tuple[str, ...],
    count: int,
    seed: int,
    output: str | None,
    listing: bool,
    quiet: bool,
) -> None:
    """Write instances of KIND; instance k of a seed is the same whatever the count."""
    from eqsolve.cli.render import show_line, show_tables
    from eqsolve.core.options import option_table
    from eqsolve.core.table import Table
    from eqsolve.io.collections import write_instances
    from eqsolve.recipes import instances, recipe_of, recipes

    if listing:
        table = Table(f"Recipes for {kind}", ["recipe", "what", "options", "source"])
        for entry in recipes(kind):
            settings = ", ".join(f"{key}={value[1]}" for key, value in option_table(entry).items())
            table.add(entry.name, entry.summary, settings, entry.source)
        show_tables([table])
        return
    if output is None:
        raise OptionError("give -o DIR, a folder for the instances (or --list)")
    texts = key_values(options)
    recipe = recipe_of(kind, texts.pop("recipe", None), texts, texts=True)
    written = write_instances(instances(recipe, count, seed), output)
    if not quiet and output != "-":
        show_line(f"{written} instances of {kind} in {Path(output)}")
