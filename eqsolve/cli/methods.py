"""``eqsolve methods``: what there is, what it costs, by which theorem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from eqsolve.cli.parameters import KindName, json_option
from eqsolve.core.extras import install_command

if TYPE_CHECKING:
    from eqsolve.core.table import Table
    from eqsolve.registry import Family

__all__ = ["command"]


@click.command("methods", epilog="Example: eqsolve methods assignment_market")
@click.argument("kind", type=KindName(), required=False)
@click.option("--questions", is_flag=True, help="List what `eqsolve ask` can answer instead.")
@json_option
def command(kind: str | None, questions: bool, as_json: bool) -> None:
    """List the methods of KIND, or of every kind; for KIND its side questions and all options."""
    from eqsolve.cli.render import show_failures, show_json, show_tables
    from eqsolve.registry import families, from_each, get_family

    if kind is not None:
        get_family(kind).module("solve")  # the one that is asked for must work

    def entries(family: Family) -> list[dict[str, Any]]:
        return [
            _entry(owner) for owner in (family.questions.values() if questions else family.methods)
        ]

    def tables(family: Family) -> list[Table]:
        title = f"{family.title}: {family.kind}"
        asked = tuple(family.questions.values())
        if questions:
            return [_table(title, "question", asked), *_options("question", asked)]
        listed = [_table(title, "method", family.methods)]
        if kind is not None:
            listed += _options("method", family.methods)
            if asked:
                listed.append(_table("Side questions: eqsolve ask QUESTION", "question", asked))
                listed += _options("question", asked)
        return listed

    rows = families() if kind is None else (get_family(kind),)
    by_kind, failures = from_each(entries if as_json else tables, rows)
    show_failures(failures)
    if as_json:
        show_json(by_kind)
    else:
        show_tables(table for listed in by_kind.values() for table in listed)


def _table(title: str, word: str, owners: Iterable[Any]) -> Table:
    """Return methods or questions, with what they need where any needs something."""
    from eqsolve.core.table import Table

    columns = [word, "what", "theorem", "cost"]
    rows = [
        (owner.name, owner.summary, owner.theorem, owner.cost, _extras(owner)) for owner in owners
    ]
    if any(row[-1] for row in rows):
        columns.append("needs")
    return Table(title, columns, limit=None).extend(row[: len(columns)] for row in rows)


def _options(word: str, owners: Iterable[Any]) -> list[Table]:
    """Return the table of all their options, if there are any."""
    from eqsolve.core.options import option_rule, option_table
    from eqsolve.core.table import Table

    table = Table(f"Options of the {word}s", [word, "option", "accepts", "default"], limit=None)
    table.extend(
        (owner.name, key, option_rule(entry[0]), str(entry[1]).lower())
        for owner in owners
        for key, entry in option_table(owner).items()
    )
    return [table] if table.rows else []


def _extras(owner: Any) -> str:
    """Return what is needed beyond a plain installation, and whether it is there."""
    from eqsolve.core.method import missing_packages

    missing = missing_packages(owner)
    return ", ".join(
        f"{package} ({install_command(missing[package])})" if package in missing else package
        for package in owner.needs
    )


def _entry(owner: Any) -> dict[str, Any]:
    """Return a method or question as JSON."""
    from eqsolve.core.method import missing_packages
    from eqsolve.core.options import option_rule, option_table

    entry = {
        "name": owner.name,
        "summary": owner.summary,
        "theorem": owner.theorem,
        "cost": owner.cost,
        "options": {
            key: {"accepts": option_rule(entry[0]), "default": entry[1]}
            for key, entry in option_table(owner).items()
        },
    }
    if owner.needs:
        entry["needs"] = list(owner.needs)
        entry["missing"] = missing_packages(owner)
    return entry
