"""BibTeX of the references that methods and questions name."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from eqsolve.cli.__main__ import main
from eqsolve.core.bibtex import bibtex
from eqsolve.registry import BUILT_IN

SOURCES = sorted(
    {
        owner.source
        for family in BUILT_IN
        for owner in (*family.methods, *family.questions.values())
        if re.search(r" \(\d{4}\)\. ", owner.source)
    }
)


def entries(text: str) -> dict[str, dict[str, str]]:
    """Return key -> fields, read line by line."""
    found: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        head, *lines, end = block.split("\n")
        assert end == "}"
        match = re.fullmatch(r"@(article|misc)\{([a-z0-9]+),", head)
        assert match, head
        found[match[2]] = {"": match[1]}
        for line in lines:
            field = re.fullmatch(r"  ([a-z]+) = \{(.*)\},?", line)
            assert field, line
            assert field[2].count("{") == field[2].count("}")
            found[match[2]][field[1]] = field[2]
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_authors_a_title_and_a_year(source: str) -> None:
    found = entries(bibtex(source))
    years = re.findall(r"\((\d{4})\)", source)
    assert [entry["year"] for entry in found.values()] == years
    for entry in found.values():
        assert entry["title"] in source
        for author in entry["author"].split(" and "):
            assert author in source


def test_what_is_special_in_latex_is_escaped() -> None:
    (entry,) = entries(bibtex("Smith, A. & Co (2000). 50% of $_#. Here.")).values()
    assert entry["title"] == r"50\% of \$\_\#"


def test_other_forms_are_notes() -> None:
    (entry,) = entries(bibtex("folklore")).values()
    assert entry == {"": "misc", "note": "folklore"}


def test_pages_years_and_preprints() -> None:
    text = bibtex("A, B. (2011). One. Some Meeting 2011, 1-9; C, D. (2020). Two. arXiv 2001.00001")
    first, second = entries(text).values()
    assert (first[""], first["howpublished"]) == ("misc", "Some Meeting 2011, 1-9")
    assert (second["eprint"], second["archiveprefix"]) == ("2001.00001", "arXiv")


def test_the_command_writes_each_paper_once() -> None:
    shown = CliRunner().invoke(main, ["cite", "enumeration", "--bibtex"])
    assert shown.exit_code == 0, shown.output
    assert len(entries(shown.output.strip())) == shown.output.count("@")
