"""``eqsolve compare``: the old name of ``eqsolve ask tips``."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import InstanceName, option_option, output_options, time_limit_option

__all__ = ["command"]


@click.command("compare", epilog="Example: eqsolve ask tips catalog:one-courier-with-tips")
@click.argument("instance", type=InstanceName())
@option_option
@time_limit_option("For both together.")
@output_options
def command(
    instance: str,
    options: tuple[str, ...],
    time_limit: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer `tips`; use `eqsolve ask tips INSTANCE` now."""
    from eqsolve.cli.ask import show_question
    from eqsolve.cli.render import warn

    warn("compare is now: eqsolve ask tips INSTANCE")
    show_question("tips", instance, None, options, time_limit, 0, None, as_json, quiet)
