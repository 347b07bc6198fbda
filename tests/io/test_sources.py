"""Names of instances: files, folders, globs, lines, the catalog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eqsolve.core.errors import FormatError
from eqsolve.io.sources import find_sources, open_source

TEXT = json.dumps({"eqsolve": 1, "kind": "assignment_market", "values": [[1]]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "b.json").write_text(TEXT)
    (tmp_path / "deep" / "a.json").write_text(TEXT)
    (tmp_path / ".hidden" / "c.json").write_text(TEXT)
    (tmp_path / "notes.txt").write_text("no instance")
    (tmp_path / "many.jsonl").write_text(f"{TEXT}\n\n{TEXT}\n{TEXT}")
    return tmp_path


def names(folder: Path, pattern: str) -> list[str]:
    found = find_sources([str(folder / pattern) if pattern else str(folder)])
    return [str(source).removeprefix(f"{folder}/") for source in found]


def test_folders_are_searched_recursively_and_sorted(folder: Path) -> None:
    lines = ["many.jsonl#0", "many.jsonl#2", "many.jsonl#3"]
    assert names(folder, "") == ["b.json", "deep/a.json", *lines]


def test_globs_and_single_lines(folder: Path) -> None:
    assert names(folder, "**/*.json") == ["b.json", "deep/a.json"]
    assert names(folder, "many.jsonl#2") == ["many.jsonl#2"]
    assert open_source(str(folder / "many.jsonl#3")).n_buyers == 1


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("c.json", "no such file or folder; did you mean 'b.json'?"),
        ("*.x", "no file matches"),
        ("many.jsonl#1", "no instance on line 1"),
        ("many.jsonl#x", "must be a whole number"),
        ("many.jsonl", "holds 3 instances, expected one"),
    ],
)
def test_names_that_lead_nowhere(folder: Path, name: str, rule: str) -> None:
    with pytest.raises(FormatError) as caught:
        open_source(str(folder / name))
    assert rule in str(caught.value)


def test_an_unknown_catalog_name_gets_the_nearest() -> None:
    with pytest.raises(FormatError, match="did you mean 'shapley-shubik-1971'"):
        open_source("catalog:shapley-shubik-1972")


def test_a_link_that_leads_nowhere_is_not_passed_over(folder: Path) -> None:
    (folder / "gone.json").symlink_to(folder / "absent.json")
    found = {source.path: source for source in find_sources([str(folder)])}
    with pytest.raises(FormatError, match="No such file"):
        found[str(folder / "gone.json")].load()


def test_a_link_that_leads_to_nothing_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "gone.json").symlink_to("nowhere.json")
    for name in ("loop.json", "gone.json"):
        with pytest.raises(FormatError, match="is a symbolic link that leads to nothing"):
            list(find_sources([str(tmp_path / name)]))
