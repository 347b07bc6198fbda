"""Tables of decision processes become contract problems; the real ones have known answers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eqsolve import contract_equilibrium
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.families.contract_mdp.convert import Arrays, Gymnasium
from eqsolve.io.converting import convert

TABLE = {
    "n_states": 2,
    "n_actions": 2,
    "initial": [1.0, 0.0],
    "P": [
        [
            [[0.5, 0, 0.0, False], [0.25, 1, 1.0, True], [0.25, 1, 1.0, True]],
            [[1.0, 0, 0.0, False]],
        ],
        [[[1.0, 1, 0.0, True]], [[1.0, 1, 0.0, True]]],
    ],
}


def test_equal_outcomes_are_added_up_and_ends_are_terminal(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(json.dumps(TABLE))
    assert Gymnasium().recognizes(path)
    (mdp,) = Gymnasium(horizon=2, cost=0.1).read(path)
    assert mdp.probabilities[0].tolist() == [[0.5, 0.5], [1, 0], [0.75, 0.25]]
    assert mdp.terminal.tolist() == [False, True]
    assert mdp.agent_rewards[0].tolist() == [-0.1, -0.1, 0]
    assert contract_equilibrium(mdp).objective > 0


def test_moves_and_cells_of_known_environments_have_names(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(
        json.dumps({**TABLE, "source": "gymnasium 1.4.0 FrozenLake-v1 {}, attribute P"})
    )
    (mdp,) = Gymnasium().read(path)
    assert mdp.label("actions", 2) == "careless"
    assert "grid" not in mdp.metadata  # two states are no square
    lake = [[[[1.0, s, 0.0, False]]] * 4 for s in range(4)]
    path.write_text(json.dumps({"source": "gymnasium 1.4.0 FrozenLake-v1 {}", "P": lake}))
    (mdp,) = Gymnasium().read(path)
    assert mdp.metadata["grid"] == [2, 2]
    assert (mdp.label("states", 3), mdp.label("actions", 1)) == ("(1, 1)", "down")


def test_environments_by_name(real_data):
    pytest.importorskip("gymnasium", reason="the extra `gymnasium` is not installed")
    tables = real_data / "gymnasium_tables"
    for name, file in (
        ("FrozenLake-v1", "frozenlake-4x4-slippery"), ("CliffWalkingSlippery-v1",
        "cliffwalking-slippery"),
    ):  # fmt: skip
        (live,), (exported,) = (
            convert(f"gymnasium:{name}", {}),
            Gymnasium().read(tables / f"{file}.json"),
        )
        assert live == exported
        assert live.labels == exported.labels
    for name, words in (
        ("Blackjack-v1", "has no table P"), ("Nope-v1", "doesn't exist"), ("", "gymnasium:"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=words):
            list(convert(f"gymnasium:{name}", {}))


def test_without_the_package_it_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(OptionError, match="pip install gymnasium"):
        list(Gymnasium().fetch("FrozenLake-v1"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shirk", "figures"),
    [("uniform", (0.3778, 0.0661, 0.5001, 0.0017)), ("idle", (0.4999, 0.0, 0.4999, 0.0))],
)
def test_the_large_lake(shirk, figures):
    pytest.importorskip("gymnasium", reason="the extra `gymnasium` is not installed")
    settings = {"cost": "0.002", "horizon": "100", "shirk": shirk}
    (mdp,) = convert("gymnasium:FrozenLake8x8-v1", settings)
    found = contract_equilibrium(mdp).require()
    told = (found.principal_value, found.agent_value, found.first_best)
    assert (*told, found.no_contract["principal"]) == pytest.approx(figures, abs=5e-5)
    if shirk == "idle":
        assert found.agency_cost == pytest.approx(0, abs=1e-9)


def test_what_is_no_table_is_named(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(json.dumps({**TABLE, "P": [[[[1.0, 0]]]]}))
    with pytest.raises(FormatError, match=r"table\.json: P\[0, 0\]: must be a list of"):
        list(Gymnasium().read(path))
    for entry in (["1", 0, 0, False], [1.0, 0.5, 0, False], [1.0, 0, 0, 2], [1.0, 0, None, True]):
        path.write_text(json.dumps({**TABLE, "P": [[[entry]]]}))
        with pytest.raises(FormatError, match=r"P\[0, 0\]: must be a list of"):
            list(Gymnasium().read(path))
    path.write_text(json.dumps({**TABLE, "P": [[[[0.5, 0, 0.0, False]]]], "initial": 0}))
    with pytest.raises(FormatError, match=r"table\.json: .*sums to 0\.5"):
        list(convert(str(path), {}))


def test_arrays_take_the_next_state_for_the_outcome(tmp_path):
    path = tmp_path / "arrays.npz"
    moves = np.array([[[0.5, 0.5], [0, 1]], [[1, 0], [1, 0]]])
    np.savez(path, P=moves, R=np.array([0.0, 1.0]))
    assert Arrays().recognizes(path)
    (mdp,) = Arrays(horizon=3, shirk="none").read(path)
    assert mdp.successors[0, :, 0].tolist() == [0, 1]
    assert mdp.n_actions == 2


@pytest.mark.parametrize(
    ("name", "cost", "horizon", "principal", "agent", "first", "unpaid"),
    [
        ("frozenlake-4x4-slippery", 0.01, 40, 0.1102, 0.0214, 0.1927, 0.0139),
        ("frozenlake-4x4-slippery", 0.03, 40, 0.0139, 0.0, None, 0.0139),
        ("taxi", 0.5, 30, None, None, None, None),
    ],
)
def test_real_tables(real_data, name, cost, horizon, principal, agent, first, unpaid):
    path = real_data / "gymnasium_tables" / f"{name}.json"
    (mdp,) = Gymnasium(cost=cost, horizon=horizon).read(path)
    solution = contract_equilibrium(mdp).require()
    if principal is None:
        assert solution.agency_cost == pytest.approx(0, abs=1e-9)
        return
    assert solution.principal_value == pytest.approx(principal, abs=5e-5)
    assert solution.agent_value == pytest.approx(agent, abs=5e-5)
    assert solution.no_contract["principal"] == pytest.approx(unpaid, abs=5e-5)
    if first is not None:
        assert solution.first_best == pytest.approx(first, abs=5e-5)
