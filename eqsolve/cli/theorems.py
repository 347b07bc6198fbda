"""``eqsolve theorems``: the catalog of claims, and the search for counterexamples."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from eqsolve.cli.failures import ANSWER_NO
from eqsolve.cli.parameters import output_options, seed_option

__all__ = ["command"]


class TheoremId(click.ParamType[str]):
    """The id of a theorem; completes from the catalog."""

    name = "id"

    def convert(self, value: str, param: object, ctx: object) -> str:
        """Return the id as it is; whether the catalog has it is checked later."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the ids that begin like this."""
        from eqsolve.theorems import theorems

        return [
            CompletionItem(theorem.id, help=theorem.title)
            for theorem in theorems()
            if theorem.id.startswith(incomplete)
        ]


@click.command("theorems", epilog="Example: eqsolve theorems TIP-4 --examples 5000")
@click.argument("ids", nargs=-1, type=TheoremId())
@click.option("--examples", type=click.IntRange(min=1), help="Instances to draw; default 200.")
@seed_option("Of the instances that are drawn.")
@click.option("--from", "conjectures", metavar="FILE.py", help="Attack your own THEOREMS as well.")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    default="counterexamples",
    show_default=True,
    help="Where found instances are written.",
)
@click.option("--list", "listing", is_flag=True, help="List the catalog and stop.")
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    ids: tuple[str, ...],
    examples: int | None,
    seed: int,
    conjectures: str | None,
    output: str,
    listing: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check the theorems IDS (all of them by default) on random nasty instances.

    CRS stands for CRS-1, CRS-2 and so on.

    Without IDS, --examples and --from the catalog is listed. Exit status 1: a claim is refuted;
    the shrunk counterexample is written as an instance file.
    """
    from eqsolve.cli.render import show_failures, show_json, show_tables
    from eqsolve.core.table import Table
    from eqsolve.io import save
    from eqsolve.io.names import FreeNames
    from eqsolve.theorems import attack, catalog_and_failures, load_conjectures, theorems

    show_failures(catalog_and_failures()[1])
    own = load_conjectures(conjectures) if conjectures else ()
    chosen = (*(theorems(*ids) if ids or not own else ()), *own)
    if listing or not (ids or examples or own):
        if as_json:
            keys = ("id", "title", "statement", "source", "kind", "hypotheses", "can_happen")
            rows = [{key: getattr(theorem, key) for key in keys} for theorem in chosen]
            show_json({"theorems": rows})
            return
        table = Table("Theorems", ["id", "title", "statement", "source"], limit=None)
        table.extend((entry.id, entry.title, entry.statement, entry.source) for entry in chosen)
        show_tables([table])
        return
    table = Table("Checked", ["id", "verdict", "applied", "drawn", "found"], limit=None)
    names = FreeNames("counterexample")
    findings = []
    refuted = False
    for theorem in chosen:
        finding = attack(theorem, examples=examples or 200, seed=seed)
        written = ""
        if finding.instance is not None:
            folder = Path(output)
            folder.mkdir(parents=True, exist_ok=True)
            written = str(folder / f"{names.take(theorem.id)}.json")
            save(finding.instance, written)
        refuted = refuted or finding.refuted
        found = f"{finding.message} ({written})" if written else ""
        table.add(theorem.id, finding.verdict, finding.applied, finding.drawn, found)
        findings.append(
            {
                "id": theorem.id,
                "verdict": finding.verdict,
                "drawn": finding.drawn,
                "applied": finding.applied,
                "message": finding.message,
                "instance": written or None,
            }
        )
    if as_json:
        show_json({"examples": examples or 200, "seed": seed, "findings": findings})
    elif not quiet:
        show_tables([table])
    ctx.exit(ANSWER_NO if refuted else 0)
