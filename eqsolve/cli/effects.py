"""``eqsolve effects``: what the platform does to welfare in a trading network."""

from __future__ import annotations

from typing import Any

import click

from eqsolve.cli.failures import NOTHING_FOUND
from eqsolve.cli.parameters import InstanceName, key_values, output_options, question_options

__all__ = ["command"]


@click.command("effects", epilog="Example: eqsolve effects catalog:two-known-sellers")
@click.argument("instance", type=InstanceName())
@click.argument("solution", required=False)
@question_options("For finding the introductions.", limit=60.0)
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    instance: str,
    solution: str | None,
    method: str,
    options: tuple[str, ...],
    time_limit: float,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show welfare without the platform, with it, and in full, and who wins and who loses.

    INSTANCE is a trading network; SOLUTION a solution file of it. Without one, the introductions
    that earn most are sought first.
    """
    from eqsolve.cli.render import show_json, show_tables
    from eqsolve.core.errors import OptionError
    from eqsolve.core.method import parse_method_options
    from eqsolve.core.table import Table
    from eqsolve.families.trading_network.instance import TradingNetwork
    from eqsolve.families.trading_network.questions.welfare import welfare_effects
    from eqsolve.families.trading_network.solve import METHODS, maximize_revenue
    from eqsolve.io import load_solution
    from eqsolve.io.sources import open_source

    network = open_source(instance)
    if not isinstance(network, TradingNetwork):
        raise OptionError(f"effects is about trading networks, {instance} is a {network.kind}")
    settings = parse_method_options(METHODS, method, key_values(options))
    if solution is None:
        result = maximize_revenue(
            network, method=method, time_limit=time_limit, seed=seed, **settings
        )
    elif settings or method != "auto":
        raise OptionError("--method and --option have no use beside a solution file")
    else:
        result = load_solution(solution, network)
    if result.solution is None:
        click.echo("no introductions are known", err=True)
        ctx.exit(NOTHING_FOUND)
    effects = welfare_effects(network, result.solution)
    if as_json:
        document: dict[str, Any] = {
            "status": result.status.value,
            "welfare_without_platform": effects.without,
            "welfare": effects.with_platform,
            "welfare_full": effects.full,
            "price_of_revenue": effects.price_of_revenue,
            "revenue": effects.revenue,
            "buyer_gains": effects.buyer_gains,
            "seller_gains": effects.seller_gains,
        }
        show_json(document)
    elif not quiet:
        gains = Table("Gains", ["agent", "gain"])
        for side, amounts in (("buyers", effects.buyer_gains), ("sellers", effects.seller_gains)):
            gains.extend(
                (network.label(side, place), amount)
                for place, amount in enumerate(amounts.tolist())
                if amount
            )
        show_tables([effects.table(), gains])
