"""Address and description of the project stand in pyproject.toml; what repeats them agrees."""

from __future__ import annotations

import json
import re
import tomllib
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.version import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
URLS = PROJECT["urls"]


def cited(*options: str) -> str:
    shown = CliRunner().invoke(main, ["cite", *options])
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_the_citation_file_repeats_address_and_version() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    lines = dict(re.findall(r"^([a-z-]+): *\"?(.*?)\"?$", text, flags=re.M))
    assert lines["version"] == __version__
    assert lines.get("repository-code") == URLS.get("Repository")
    assert json.loads(cited("--json"))["title"] == lines["title"]


def test_one_line_says_everywhere_what_it_is() -> None:
    line = f"{PROJECT['description']}."
    assert (eqsolve.__doc__ or "").startswith(f"{line}\n")
    assert main.help == line
    for page in ("README.md", "docs/index.md"):
        assert (ROOT / page).read_text().startswith(f"# eqsolve\n\n{line}\n")


@pytest.mark.parametrize("url", [None, "https://example.org/eqsolve"])
def test_the_software_is_cited_with_its_address_where_it_has_one(
    url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = Message()
    if url is not None:
        message["Project-URL"] = f"Repository, {url}"
    monkeypatch.setattr(metadata, "metadata", lambda name: message)
    fields = json.loads(cited("--json"))
    assert fields.get("url") == url
    bibtex = cited("--bibtex")
    assert bibtex.startswith("@misc{eqsolve,\n  author = {{The eqsolve developers}},\n")
    assert ("url = {" in bibtex) == (url is not None)
