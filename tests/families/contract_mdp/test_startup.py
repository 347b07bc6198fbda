"""Small files are answered before a compiler, or much of scipy, would be loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ONE_PERIOD = {
    "contract_mdp": {
        "outcome_probs": [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]],
        "costs": [0, 1, 3],
        "principal_rewards": [0, 5, 9],
    },
    "contract_game": {"rewards": [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]},
}


@pytest.mark.parametrize("kind", ONE_PERIOD)
def test_one_period_loads_no_compiled_code(tmp_path, kind):
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"eqsolve": 1, "kind": kind, **ONE_PERIOD[kind]}))
    code = (
        "import sys; from eqsolve.cli.__main__ import main\n"
        f"try: main(['solve', {str(path)!r}])\nexcept SystemExit: pass\n"
        "print([name for name in ('numba', 'scipy', 'ortools') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *table, loaded = shown.stdout.splitlines()
    assert "solved" in "\n".join(table)
    assert loaded == "[]"
