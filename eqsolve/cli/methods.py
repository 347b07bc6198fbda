"""``eqsolve methods``: what there is, what it costs, by which theorem."""

from __future__ import annotations

from typing import Any

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
        show_json({name: [_entry(method) for method in found] for name, found in by_kind.items()})
        return
    for name, found in by_kind.items():
        columns = ["method", "what", "theorem", "cost"]
        extras = {method.name: _extras(method) for method in found}
        if any(extras.values()):
            columns.append("needs")
        table = Table(f"{get_family(name).title}: {name}", columns, limit=None)
        for method in found:
            cells = (method.name, method.summary, method.theorem, method.cost, extras[method.name])
            table.add(*cells[: len(columns)])
        tables = [table]
        if kind is not None:
            options = Table("Options", ["method", "option", "accepts", "default"], limit=None)
            options.extend(
                (method.name, key, option_rule(entry[0]), str(entry[1]).lower())
                for method in found
                for key, entry in option_table(method).items()
            )
            tables.append(options)
        show_tables(tables)


def _extras(method: Any) -> str:
    """Return what a method needs beyond a plain installation, and whether it is there."""
    from eqsolve.core.method import missing_packages

    missing = missing_packages(method)
    return ", ".join(
        f"{package} (pip install '{missing[package]}')" if package in missing else package
        for package in method.needs
    )


def _entry(method: Any) -> dict[str, Any]:
    """Return a method as JSON."""
    from eqsolve.core.method import missing_packages
    from eqsolve.core.options import option_rule, option_table

    entry = {
        "name": method.name,
        "summary": method.summary,
        "theorem": method.theorem,
        "cost": method.cost,
        "options": {
            key: {"accepts": option_rule(entry[0]), "default": entry[1]}
            for key, entry in option_table(method).items()
        },
    }
    if method.needs:
        entry["needs"] = list(method.needs)
        entry["missing"] = missing_packages(method)
    return entry
