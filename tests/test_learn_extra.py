"""Where torch and scikit-learn are installed, still nothing but a learned method loads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INSTANCES = Path(__file__).resolve().parents[1] / "instances"
FIRST = [min(folder.rglob("*.json")) for folder in sorted(INSTANCES.iterdir()) if folder.is_dir()]


@pytest.mark.learn
def test_solving_every_kind_leaves_them_alone() -> None:
    code = (
        "import sys, eqsolve\n"
        "for path in sys.argv[1:]:\n"
        "    instance = eqsolve.load(path)\n"
        "    eqsolve.methods(instance.kind)\n"
        "    eqsolve.solve(instance)\n"
        "print(sorted({'torch', 'sklearn'} & set(sys.modules)))\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, *map(str, FIRST)], capture_output=True, text=True, check=True
    ).stdout
    assert len(FIRST) > 8
    assert shown.strip() == "[]"
