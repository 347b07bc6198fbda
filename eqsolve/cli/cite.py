"""``eqsolve cite``: the paper behind a method."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import KindName, MethodName, json_option

__all__ = ["command"]


@click.command("cite", epilog="Example: eqsolve cite ascending")
@click.argument("method", type=MethodName())
@click.option("--kind", type=KindName(), help="Where methods of several kinds share a name.")
@click.option("--bibtex", "as_bibtex", is_flag=True, help="Write BibTeX, each paper once.")
@json_option
def command(method: str, kind: str | None, as_bibtex: bool, as_json: bool) -> None:
    """Print the paper behind METHOD, for every kind that has a method of this name."""
    from eqsolve.cli.render import show_failures, show_json
    from eqsolve.core.bibtex import bibtex
    from eqsolve.core.errors import OptionError, nearest_name
    from eqsolve.registry import families, from_each, get_family

    rows = families() if kind is None else (get_family(kind),)
    by_kind, failures = from_each(lambda family: family.methods, rows)
    show_failures(failures)
    found = {
        name: candidate.source
        for name, candidates in by_kind.items()
        for candidate in candidates
        if candidate.name == method
    }
    if not found:
        names = {candidate.name for candidates in by_kind.values() for candidate in candidates}
        raise OptionError(f"unknown method {method!r}; {nearest_name(method, names)}")
    if as_json:
        show_json(found)
        return
    if as_bibtex:
        sources = dict.fromkeys(source for source in found.values() if source)
        click.echo("\n\n".join(map(bibtex, sources)))
        return
    for name, source in found.items():
        click.echo(source if len(found) == 1 else f"{name}: {source}")
