"""``eqsolve methods``: what there is, what it costs, by which theorem."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import KindName, json_option

__all__ = ["command"]


@click.command("methods", epilog="Example: eqsolve methods assignment_market")
@click.argument("kind", type=KindName(), required=False)
@json_option
def command(kind: str | None, as_json: bool) -> None:
    """List the methods of KIND, or of every kind, with their options."""
    from eqsolve.cli.render import show_failures, show_json, show_tables
    from eqsolve.core.options import option_rule, option_table
    from eqsolve.core.table import Table
    from eqsolve.registry import families, from_each, get_family

    if kind is not None:
        get_family(kind).module("solve")  # the one that is asked for must work
    rows = families() if kind is None else (get_family(kind),)
    by_kind, failures = from_each(lambda family: family.methods, rows)
    show_failures(failures)
    if as_json:
        show_json(
            {
                name: [
                    {
                        "name": method.name,
                        "summary": method.summary,
                        "theorem": method.theorem,
                        "cost": method.cost,
                        "options": {
                            key: {"accepts": option_rule(entry[0]), "default": entry[1]}
                            for key, entry in option_table(method).items()
                        },
                    }
                    for method in candidates
                ]
                for name, candidates in by_kind.items()
            }
        )
        return
    for family in rows:
        if family.kind in failures:
            continue
        table = Table(
            f"{family.title}: {family.kind}", ["method", "what", "theorem", "cost"], limit=None
        )
        table.extend(
            (method.name, method.summary, method.theorem, method.cost) for method in family.methods
        )
        tables = [table]
        if kind is not None:
            options = Table("Options", ["method", "option", "accepts", "default"], limit=None)
            options.extend(
                (method.name, key, option_rule(entry[0]), str(entry[1]).lower())
                for method in family.methods
                for key, entry in option_table(method).items()
            )
            tables.append(options)
        show_tables(tables)
