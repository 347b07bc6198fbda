"""The gallery page: its commands run, and make exactly the pictures that it shows."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from eqsolve.draw import pictures
from eqsolve.registry import BUILT_IN

pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """Return the module that draws the gallery when the documentation is built."""
    spec = importlib.util.spec_from_file_location("drawing", DOCS / "drawing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_commands_draw_what_the_page_shows(drawing: ModuleType, tmp_path: Path) -> None:
    drawing.draw_gallery(tmp_path)
    shown = re.findall(r"\{figure\} reference/generated/gallery/(\S+)", drawing.PAGE.read_text())
    assert sorted(shown) == sorted(path.name for path in tmp_path.glob("*.png"))
    assert all((tmp_path / name).stat().st_size > 5000 for name in shown)


def test_every_picture_of_every_kind_is_on_the_page(drawing: ModuleType) -> None:
    text = drawing.PAGE.read_text().lower()
    for family in BUILT_IN:
        for name in pictures(family.kind):
            words = name.replace("_", " ")
            named = f"--picture {name}" in text or f"**{words}" in text
            assert named or f"{words} graph" in text, f"{family.kind}: {name}"


def test_a_failing_command_is_reported(
    drawing: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("$ eqsolve plot catalog:horse-market --picture none -o p.png\n")
    monkeypatch.setattr(drawing, "PAGE", page)
    with pytest.raises(RuntimeError, match="unknown picture 'none'"):
        drawing.draw_gallery(tmp_path)
