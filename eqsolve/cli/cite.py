"""``eqsolve cite``: the paper behind a method, or this software."""

from __future__ import annotations

import click

from eqsolve.cli.parameters import KindName, MethodName, json_option

__all__ = ["command"]


@click.command("cite", epilog="Example: eqsolve cite ascending")
@click.argument("method", type=MethodName(), required=False)
@click.option("--kind", type=KindName(), help="Where methods of several kinds share a name.")
@click.option("--bibtex", "as_bibtex", is_flag=True, help="Write BibTeX, each paper once.")
@json_option
def command(method: str | None, kind: str | None, as_bibtex: bool, as_json: bool) -> None:
    """Print the paper behind METHOD, for every kind that has a method of this name.

    Without METHOD, how to cite the software.
    """
    from eqsolve.cli.render import show_failures, show_json
    from eqsolve.core.bibtex import bibtex, entry
    from eqsolve.core.errors import OptionError, nearest_name
    from eqsolve.registry import families, from_each, get_family

    if method is None:
        fields = software()
        if as_json:
            show_json(fields)
        elif as_bibtex:
            author = f"{{{fields['author']}}}"  # in braces it is one name
            click.echo(entry("misc", "eqsolve", fields | {"author": author}))
        else:
            click.echo(". ".join(fields.values()))
        return
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


def software() -> dict[str, str]:
    """Return how to cite this software, with its address where the distribution names one."""
    from importlib import metadata

    from eqsolve.core.extras import DISTRIBUTION
    from eqsolve.version import __version__

    try:
        urls = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        urls = []
    address = dict(text.split(", ", 1) for text in urls).get("Repository")
    fields = {
        "author": "The eqsolve developers",
        "title": "eqsolve: markets, auctions, games and contracts with proofs",
        "note": f"Version {__version__}",
    }
    return fields | ({"url": address} if address else {})
