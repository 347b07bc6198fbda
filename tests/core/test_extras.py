"""What is missing is named by its own name: `pip install eqsolve[...]` would fetch a stranger."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from eqsolve.cli.__main__ import main
from eqsolve.core.extras import DISTRIBUTION, install_command, stranger
from tests.conftest import ROOT

WRITTEN = [
    ROOT / "README.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "eqsolve").rglob("*.py"),
]


def test_no_command_would_fetch_the_stranger() -> None:
    fetches = re.compile(r"\binstall\s+(-\S+\s+)*['\"]?eqsolve\b(?!-)|['\"]eqsolve\[")
    assert [str(path) for path in WRITTEN if fetches.search(path.read_text("utf-8"))] == []


def test_the_distribution_has_a_name_of_its_own() -> None:
    assert f'name = "{DISTRIBUTION}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert install_command("lone[tea]", "torch") == "pip install 'lone[tea]' torch"


@pytest.mark.parametrize("name", ["eqsolve", DISTRIBUTION])
def test_the_stranger_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the distribution that is called eqsolve, not ours."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    facts = tmp_path / f"{name.replace('-', '_')}-4.2.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.2\n")
    told = stranger()
    assert (told is not None) == (name == "eqsolve")
    if told is not None:
        assert "version 4.2" in told
        assert "pip uninstall eqsolve" in told


def test_doctor_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eqsolve.cli.doctor.stranger", lambda: "a stranger is here")
    assert "a stranger is here" in CliRunner().invoke(main, ["doctor"]).output
