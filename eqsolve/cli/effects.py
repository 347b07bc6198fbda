"""``eqsolve effects``: the old name of ``eqsolve ask welfare_effects``."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import InstanceName, output_options, question_options

__all__ = ["command"]


@click.command("effects", epilog="Example: eqsolve ask welfare_effects catalog:two-known-sellers")
@click.argument("instance", type=InstanceName())
@click.argument("solution", required=False)
@question_options("For finding the introductions.")
@output_options
def command(
    instance: str,
    solution: str | None,
    method: str,
    options: tuple[str, ...],
    time_limit: float | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer `welfare_effects`; use `eqsolve ask welfare_effects INSTANCE [SOLUTION]` now."""
    from eqsolve.cli.ask import show_question
    from eqsolve.cli.render import warn

    warn("effects is now: eqsolve ask welfare_effects INSTANCE [SOLUTION]")
    if method != "auto":
        options = (*options, f"method={method}")
    show_question(
        "welfare_effects", instance, solution, options, time_limit, seed, None, as_json, quiet
    )
