"""``eqsolve compare``: what tips do in a delivery market."""

from __future__ import annotations

from typing import Any

import click

from eqsolve.cli.parameters import (
    InstanceName,
    key_values,
    option_option,
    output_options,
    time_limit_option,
)
from eqsolve.core.errors import OptionError

__all__ = ["command"]


@click.command("compare", epilog="Example: eqsolve compare catalog:one-courier-with-tips")
@click.argument("instance", type=InstanceName())
@option_option
@time_limit_option("For each of the two.", 60.0)
@output_options
def command(
    instance: str, options: tuple[str, ...], time_limit: float, as_json: bool, quiet: bool
) -> None:
    """Solve a delivery market with tips and without, and show who gains and where tips appear."""
    from eqsolve.cli.render import show_json, show_tables
    from eqsolve.core.method import parse_method_options
    from eqsolve.families.delivery_market.instance import DeliveryMarket
    from eqsolve.families.delivery_market.questions.tips import compare_tips
    from eqsolve.families.delivery_market.solve import METHODS
    from eqsolve.io.sources import open_source

    market = open_source(instance)
    if not isinstance(market, DeliveryMarket):
        raise OptionError(f"compare is about delivery markets, {instance} is a {market.kind}")
    settings = parse_method_options(METHODS, "auto", key_values(options))
    found = compare_tips(market, time_limit=time_limit, **settings)
    if as_json:
        document: dict[str, Any] = {
            "with_tips": found.totals(tipped=True),
            "without_tips": found.totals(tipped=False),
            "efficient_welfare": found.efficient_welfare,
            "gain": found.gain,
            "tipped_orders": [list(order) for order in found.tipped_orders],
        }
        show_json(document)
    elif not quiet:
        show_tables([found.table(), found.tip_table()])
