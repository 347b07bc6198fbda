"""Sphinx configuration: warnings are errors, every example in the pages is run by the tests."""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from eqsolve.version import __version__

project = "eqsolve"
author = "The eqsolve developers"
copyright = "2026, the eqsolve developers"
release = version = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_click",
]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 300  # of a cell, on a machine that is busy with other work
nb_merge_streams = True
nb_code_prompt_show = "answer"
nb_code_prompt_hide = "fold"

autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
smartquotes_action = "qe"  # quotes and dots, but `--option` keeps its hyphens
html_math_renderer = "mathml"
html_theme = "furo"
urls = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["urls"]
if "Repository" in urls:  # the source of each page is linked
    html_theme_options = {
        "source_repository": urls["Repository"],
        "source_branch": "main",
        "source_directory": "docs/",
    }
html_title = f"eqsolve {release}"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_js_files = ["copy.js"]
exclude_patterns = ["_build", "reference/generated"]


def write_tables(app: object) -> None:
    """Write what comes from the code: options of verbs, methods, recipes, theorems, catalog."""
    from eqsolve.catalog import catalog_names, catalog_path
    from eqsolve.cli.__main__ import VERBS
    from eqsolve.core.options import option_rule, option_table
    from eqsolve.core.table import Table
    from eqsolve.io.converting import converters
    from eqsolve.registry import BUILT_IN
    from eqsolve.theorems import theorems

    def options(owner: type) -> str:
        entries = option_table(owner).items()
        return ", ".join(f"`{key}` ({option_rule(kind)})" for key, (kind, _) in entries)

    def table(columns: str, rows: list[tuple[str, ...]]) -> str:
        return Table("", columns.split("|"), limit=None).extend(rows).markdown()

    folder = Path(__file__).parent / "reference" / "generated"
    folder.mkdir(exist_ok=True)
    sections = []
    for family in BUILT_IN:
        verb = family.module("solve").solve.__name__
        rows = [
            (f"`{method.name}`", f"`{method.__name__}`", method.summary, method.theorem,
             method.cost, options(method))
            for method in family.methods
        ]  # fmt: skip
        sections.append(
            f"### {family.title}\n\nFunction `eqsolve.{verb}(instance, method=NAME)`, command "
            f"`eqsolve solve FILE --method NAME`, classes in `{family.package}`.\n\n"
            + table("method|class|what|theorem|cost|options", rows)
        )
    (folder / "methods.md").write_text("\n".join(sections))
    about = {page.name: page.read_text() for page in (folder.parents[1] / "families").glob("*.md")}

    def linked(kind: str, asks: str) -> str:
        (page,) = (name for name, text in about.items() if f"The kind is `{kind}`, the " in text)
        return f"[{asks}](families/{page})"

    asked = [(linked(family.kind, family.asks), f"`{family.kind}`") for family in BUILT_IN]
    (folder / "kinds.md").write_text(table("question|kind", asked))
    rows = [
        (family.kind, f"`{question.name}`", question.summary, question.theorem, question.cost,
         options(question))
        for family in BUILT_IN
        for question in family.questions.values()
    ]  # fmt: skip
    (folder / "questions.md").write_text(table("kind|question|what|theorem|cost|options", rows))
    rows = [
        (family.kind, f"`{recipe.name}`", recipe.summary, options(recipe), recipe.source)
        for family in BUILT_IN
        for recipe in family.module("generate").RECIPES
    ]
    (folder / "recipes.md").write_text(table("kind|recipe|what|options|source", rows))
    rows = [
        (f"`{entry.name}`", entry.kind, entry.summary, options(entry)) for entry in converters()
    ]
    (folder / "converters.md").write_text(table("from|makes|what|options", rows))
    rows = [
        (f"`{claim.id}`", claim.title, claim.statement, claim.hypotheses, claim.source)
        for claim in theorems()
    ]
    (folder / "theorems.md").write_text(table("id|title|statement|hypotheses|source", rows))
    options_of = [
        f".. _options-{verb}:\n\n.. click:: eqsolve.cli.{verb}:command\n   :prog: eqsolve {verb}\n"
        for verb in VERBS
    ]
    (folder / "options.md").write_text("\n".join(["```{eval-rst}", *options_of, "```\n"]))
    import json

    rows = []
    for name in catalog_names():
        path = catalog_path(name)
        metadata = (
            json.loads(path.read_text()).get("metadata", {}) if path.suffix == ".json" else {}
        )
        source = str(metadata.get("source", "")).replace("\n", " ")
        rows.append((f"`catalog:{name}`", path.parents[1].name, source))
    (folder / "catalog.md").write_text(table("name|kind|source", rows))


def setup(app: object) -> None:
    """Register the tables, the gallery's pictures and the formulas."""
    from formulas import displayed, inline

    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))  # type: ignore[attr-defined]  # Sphinx hands over its application
    app.connect("builder-inited", write_tables)  # type: ignore[attr-defined]  # Sphinx hands over its application
    from drawing import draw_gallery

    app.connect("builder-inited", lambda _: draw_gallery())  # type: ignore[attr-defined]  # Sphinx hands over its application
