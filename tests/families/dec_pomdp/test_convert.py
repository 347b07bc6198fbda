"""``.dpomdp`` files: every form that occurs, every fault by its line, public files as they are."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve import FormatError, load, observability
from eqsolve.cli.__main__ import main

HEAD = """# a comment
agents: 2
discount: 0.9
#.0
values: reward
states: left right
start:
uniform
actions:
listen open
2
observations:
2
low high
"""
PLAIN = """T: * :
uniform
T: listen 0 :
identity
O: * :
uniform
O: listen 0 : left : 0 low : 0.7
O: listen 0 : left : 0 high : 0.1
O: listen 0 : left : 1 low : 0.1
O: listen 0 : left : 1 high : 0.1
R: * : * : * : * : -1
R: open 1 : right : * : * : +20
"""


def read(tmp_path: Path, text: str, name: str = "model.dpomdp") -> eqsolve.DecPOMDP:
    path = tmp_path / name
    path.write_text(text)
    return load(path)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(FormatError) as error:
        read(tmp_path, text)
    return [str(fault) for fault in error.value.faults]


def test_names_become_labels_and_later_lines_win(tmp_path: Path) -> None:
    model = read(tmp_path, HEAD + PLAIN)
    assert model.name == "model"
    assert (model.n_actions, model.n_observations, model.discount) == ((2, 2), (2, 2), 0.9)
    assert model.labels["states"] == ("left", "right")
    assert model.labels["actions of agent 0"] == ("listen", "open")
    assert model.labels["observations of agent 1"] == ("low", "high")
    assert "actions of agent 1" not in model.labels
    assert model.transitions[0].tolist() == [[1, 0], [0, 1]]
    assert model.transitions[3].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert model.observation_probs[0].tolist() == [[0.7, 0.1, 0.1, 0.1], [0.25] * 4]
    assert model.rewards is not None
    assert model.rewards.tolist() == [[-1, -1], [-1, -1], [-1, -1], [-1, 20]]


@pytest.mark.parametrize(
    ("line", "action", "state", "row"),
    [
        ("T: 1 : 0 : 1 : 1\nT: 1 : 0 : 0 : 0", 1, 0, [0, 1]),
        ("T: open listen : 0 :\n0.25 0.75", None, 0, None),
        ("T: 1 0 : right :\n0.25 0.75", 2, 1, [0.25, 0.75]),
        ("T: open 0 : right : 0.25 0.75", 2, 1, [0.25, 0.75]),
        ("T: 3 :\n0.1 0.9\n0.2 0.8", 3, 1, [0.2, 0.8]),
        ("T: 3 :\n0.1 0.9 0.2\n0.8", 3, 1, [0.2, 0.8]),
        ("T: * 1 : * : left : 1\nT: * 1 : * : right : 0", 3, 0, [1, 0]),
        ("T: * * : * : * : 0.5", 0, 1, [0.5, 0.5]),
        ("T: open 1\nidentity", 3, 1, [0, 1]),
        ("T: open 1 : right :\nuniform", 3, 1, [0.5, 0.5]),
        ("T:open   1:right:left:1.0 \nT: open 1 : 1 : 1 : 0e0", 3, 1, [1, 0]),
    ],
)
def test_every_form_of_transitions(
    tmp_path: Path, line: str, action: int | None, state: int, row: list[float] | None
) -> None:
    if action is None:
        assert "unknown action of agent 1 'listen'" in faults(tmp_path, HEAD + PLAIN + line)[0]
        return
    model = read(tmp_path, f"{HEAD}{PLAIN}{line}\n")
    assert model.transitions[action, state].tolist() == row


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("O: open 1 : right :\n0.1 0.2 0.3 0.4", [0.1, 0.2, 0.3, 0.4]),
        ("O: 3 : * : * : 0\nO: 3 : * : 1 high : 1", [0, 0, 0, 1]),
        ("O: 3 : * : 0 * : 0.5\nO: 3 : * : 1 * : 0", [0.5, 0.5, 0, 0]),
        ("O: 3 :\n1 0 0 0\n0 1 0 0", [0, 1, 0, 0]),
        ("O: 3 : 1 : 2 : 0.25", [0.25] * 4),
        ("O: * 1 : * : 0 : 1\nO: * 1 : * : 1 : 0\nO: * 1 : * : 1 * : 0", [1, 0, 0, 0]),
    ],
)
def test_every_form_of_observations(tmp_path: Path, line: str, row: list[float]) -> None:
    assert read(tmp_path, f"{HEAD}{PLAIN}{line}\n").observation_probs[3, 1].tolist() == row


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("R: 3 : right : left : * : 8", (8 + 20) / 2),
        ("R: 3 : right : * : 0 low : 4", (4 + 3 * 20) / 4),
        ("R: * : * : right : * : 2", (20 + 2) / 2),
        ("R: 3 : right : right :\n1 2 3 4", (20 + 2.5) / 2),
        ("R: 3 : right :\n1 2 3 4\n5 6 7 8", (2.5 + 6.5) / 2),
        ("R: * : right : left : * : 6\nR: 3 : * : * : * : 1", 1),
        ("R: 3 : * : left : 0 * : 0", (20 + (0 + 20) / 2) / 2),
    ],
)
def test_rewards_are_what_is_expected(tmp_path: Path, line: str, expected: float) -> None:
    model = read(tmp_path, f"{HEAD}{PLAIN}{line}\n")
    assert model.rewards is not None
    assert model.rewards[3, 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("start:\n0.25 0.75", [0.25, 0.75]),
        ("start: 0.25 0.75", [0.25, 0.75]),
        ("start: uniform", [0.5, 0.5]),
        ("start: right", [0, 1]),
        ("start: 1", [0, 1]),
        ("start include: right", [0, 1]),
        ("start include: 0 right", [0.5, 0.5]),
        ("start exclude: left", [0, 1]),
        ("start:\n0.333333\n0.666666", [1 / 3, 2 / 3]),
    ],
)
def test_every_start(tmp_path: Path, start: str, expected: list[float]) -> None:
    model = read(tmp_path, HEAD.replace("start:\nuniform", start) + PLAIN)
    assert model.initial == pytest.approx(expected, abs=1e-6)
    assert model.initial.sum() == pytest.approx(1, abs=1e-15)


def test_agents_by_name_costs_and_packed_files(tmp_path: Path) -> None:
    text = HEAD.replace("agents: 2", "agents: ann, bob").replace("reward", "cost") + PLAIN
    plain = read(tmp_path, text)
    assert plain.labels["agents"] == ("ann", "bob")
    assert plain.rewards is not None
    assert plain.rewards[3].tolist() == [1, -20]
    packed = tmp_path / "model.dpomdp.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert load(packed) == plain
    other = tmp_path / "nameless"
    other.write_text(text)
    assert load(other) == plain


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("listen open", "listen listen", "line 10 = 'listen': two actions have one name"),
        ("states: left right", "states:", "line 6: needs the number of states, or their names"),
        ("states: left right", "states: 0", "line 6 = '0': must be a number of states"),
        ("states: left right", "states: 9left x", "line 6 = '9left': names of states begin"),
        ("low high\n", "low high\n3\n", "line 12: has 3 lines of observations"),
        ("discount: 0.9", "discount: x", "line 3 = 'x': the discount must be one"),
        ("discount: 0.9", "discount: 2", "line 3 = '2': the discount must be one number"),
        ("values: reward", "values: gain", "line 5 = 'gain': values must be reward or cost"),
        ("uniform\nactions", "0.5 0.6\nactions", "line 7: start sums to 1.1, not 1"),
        ("uniform\nactions", "0.5\nactions", "line 7: unknown state '0.5'"),
        ("uniform\nactions", "0.5 0.25 0.25\nactions", "line 7: start has 3 numbers, expected 2"),
        ("start:\nuniform", "start include: middle", "line 7: unknown state 'middle'"),
        ("start:\nuniform", "start exclude: 0 1", "line 7: no state is left to start in"),
        ("T: listen 0 :\nidentity", "T: lisen 0 :\nidentity", "did you mean 'listen'?"),
        ("T: listen 0 :\nidentity", "T: listen 0 : left : left : 0.9", "line 17: T of joint act"),
        ("0 low : 0.7", "0 low : 0.8", "O of joint action 0, state 0 sums to 1.1, not 1"),
        ("0 low : 0.7", "0 low : x", "line 21: 'x' is no number"),
        ("0 low : 0.7", "0 low : 1.7", "line 21: a probability must be in [0, 1], not 1.7"),
        ("0 low : 0.7", "0 low :", "line 21: needs one number; found 0"),
        ("0 low : 0.7", "0 middle : 0.7", "line 21: unknown observation of agent 1 'middle'"),
        ("0 low : 0.7", "0 low high : 0.7", "line 21: has 3 words, a joint observation has one"),
        ("0 low : 0.7", "9 : 0.7", "line 21: '9' is no joint observation: *, a number from 0 to 3"),
        ("T: * :\nuniform", "T: * :\n0.5 0.5 0.5", "line 15: needs 2 x 2 numbers"),
        ("O: * :\nuniform", "O: * :\nidentity", "line 19: identity is a table of states"),
        ("R: * : * : * : * : -1", "R: * : * : * : * : many", "line 25: 'many' is no number"),
        ("R: * : * : * : * : -1", "R: * : * : * : -1", "line 25: needs 4 rewards; found 1"),
        ("R: * : * : * : * : -1", "Q: *", "line 25 = 'Q: *': expected a line T, O or R"),
        ("agents: 2\n", "agents: 2\nagents: 2\n", "line 3: section agents is given twice"),
        ("agents: 2\n", "agents: 3\n", "has 2 lines of actions, expected one for each of 3 agents"),
    ],
)
def test_faults_are_named_by_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in HEAD + PLAIN
    found = faults(tmp_path, (HEAD + PLAIN).replace(old, new, 1))
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    "section", ["agents", "discount", "values", "states", "start", "actions", "observations"]
)
def test_missing_sections_are_named(tmp_path: Path, section: str) -> None:
    lines = HEAD.split("\n")
    first = next(k for k, line in enumerate(lines) if line.startswith(section))
    last = first + 1
    while last < len(lines) and ":" not in lines[last]:
        last += 1
    text = "\n".join(lines[:first] + lines[last:]) + "\n" + PLAIN
    assert faults(tmp_path, text) == [f"{section}: this section is missing"]


def test_missing_tables_are_named(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD) == ["T: this section is missing", "O: this section is missing"]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = (HEAD + PLAIN).replace("T: listen 0", "T: wait 0").replace("0 low : 0.7", "0 low : 0.8")
    found = faults(tmp_path, text)
    assert len(found) == 2
    assert "unknown action of agent 0 'wait'" in found[0]
    assert "sums to 1.1, not 1" in found[1]


def test_broken_archives_and_huge_counts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.dpomdp.gz"
    path.write_bytes(gzip.compress((HEAD + PLAIN).encode())[:-20])
    with pytest.raises(FormatError, match="cannot be read"):
        load(path)
    text = HEAD.replace("states: left right", "states: 9999999") + PLAIN
    assert "must be a number of states from 1 to 1000000" in faults(tmp_path, text)[0]
    text = HEAD.replace("listen open\n2", "4000\n4000") + PLAIN
    assert "16000000 joint actions, 2 states" in faults(tmp_path, text)[0]


def test_convert_writes_json_that_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "model.dpomdp"
    path.write_text(HEAD + PLAIN)
    shown = CliRunner().invoke(main, ["convert", str(path), str(tmp_path / "out")])
    assert shown.exit_code == 0, shown.output
    (written,) = (tmp_path / "out").rglob("*.json")
    assert load(written) == load(path)
    document = json.loads(written.read_text())
    assert np.array(document["transitions"]).shape == (4, 2, 2)
    assert np.array(document["observation_probs"]).shape == (4, 2, 4)
    assert np.array(document["rewards"]).shape == (4, 2)


def test_large_tables_are_written_as_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eqsolve.families.dec_pomdp.files._DENSE", 3)
    model = read(tmp_path, HEAD + PLAIN)
    eqsolve.save(model, tmp_path / "model.json")
    document = json.loads((tmp_path / "model.json").read_text())
    assert document["transitions"][0] == [[[0, 1]], [[1, 1]]]
    assert load(tmp_path / "model.json") == model


TABLE = {
    "dectiger": (2, False, 2),
    "2generals": (2, False, 2),
    "broadcastChannel": (4, False, 4),
    "GridSmall": (16, False, 2),
    "fireFighting_2_3_3": (432, False, 9),
    "Grid3x3corners": (81, True, None),
    "recycling": (4, True, None),
}
"""States, whether all together can tell them, states that a history of one step leaves else."""


def test_the_table_of_public_problems_is_one_command(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "madp_dpomdp"
    if not folder.is_dir():
        pytest.skip("no MADP files there")
    target = tmp_path / "table.json"
    arguments = [
        "ask", "observability", folder / "dectiger.dpomdp", "--option", f"beside={folder}",
        "-o", target,
    ]  # fmt: skip
    shown = CliRunner().invoke(main, [str(part) for part in arguments])
    assert shown.exit_code == 0, shown.output
    document = json.loads(target.read_text())
    assert document["check"]["valid"]
    rows = {row["name"]: row for row in document["models"]}
    assert rows.keys() == TABLE.keys()
    for name, (states, together, left) in TABLE.items():
        row = rows[name]
        assert row["states"] == states
        assert row["collectively_observable"] is together
        if not together:
            assert len(row["ambiguous_history"]) == 1
            assert len(row["states_left"]) == left
    assert rows["recycling"]["shared_identifiable"]
    assert rows["recycling"]["tuples"] == 5


def test_shared_sets_of_fire_fighting_are_larger_than_what_all_know(real_data: Path) -> None:
    path = real_data / "madp_dpomdp" / "fireFighting_2_3_3.dpomdp.gz"
    if not path.is_file():
        pytest.skip("no MADP files there")
    model = load(path)
    told = eqsolve.posterior(model, [[[0, 0], [0, 0]], [[0, 1], [0, 0]]])
    assert told.joint is not None
    assert set(np.flatnonzero(told.joint).tolist()) < set(told.shared)
    assert observability(model).collectively_observable is False


def test_a_folder_of_files_is_a_batch(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "good.dpomdp").write_text(HEAD + PLAIN)
    (folder / "packed.dpomdp.gz").write_bytes(gzip.compress((HEAD + PLAIN).encode()))
    (folder / "broken.dpomdp").write_text(HEAD + "T: * :\nuniformly\n")
    (folder / "notes.txt").write_text("no model")
    store, table = tmp_path / "run.sqlite", tmp_path / "run.csv"
    ran = CliRunner().invoke(main, ["batch", str(folder), "--store", str(store)])
    assert "3 instances: 0 were known, 2 answered now, 0 out of time, 1 failed" in ran.stdout
    assert "1 of another type" in ran.stderr
    assert CliRunner().invoke(main, ["results", str(store), "--csv", str(table)]).exit_code == 0
    rows = {Path(row["source"]).name: row for row in csv.DictReader(table.read_text().splitlines())}
    assert rows["good.dpomdp"]["status"] == rows["packed.dpomdp.gz"]["status"] == "solved"
    assert "broken.dpomdp: line 15: " in rows["broken.dpomdp"]["reason"]
    again = CliRunner().invoke(main, ["batch", str(folder), "--store", str(store)])
    assert "3 were known, 0 answered now" in again.stdout
