"""The command line as a user meets it: exit status, standard output, files, messages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import eqsolve
from eqsolve.batch.store import Store
from eqsolve.cli.__main__ import VERBS, main
from eqsolve.registry import BUILT_IN

GOOD = {"eqsolve": 1, "kind": "assignment_market", "values": [[5, 8, 2], [7, 9, 6], [2, 3, 0]]}


def run(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(part) for part in arguments], input=text)


@pytest.fixture
def market(tmp_path: Path) -> Path:
    path = tmp_path / "market.json"
    path.write_text(json.dumps(GOOD))
    return path


@pytest.fixture
def solution(market: Path, tmp_path: Path) -> Path:
    path = tmp_path / "solution.json"
    assert run("solve", market, "-o", path, "-q").exit_code == 0
    return path


def change(path: Path, **fields: Any) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return path


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    shown = run(verb, "--help")
    assert shown.exit_code == 0
    assert "Example: " in shown.output
    command = main.get_command(click.Context(main), verb)
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_help_lists_every_verb_and_a_command_that_works() -> None:
    shown = run("--help").output
    assert all(verb in shown for verb in VERBS)
    assert "eqsolve solve catalog:shapley-shubik-1971" in shown
    assert run("solve", "catalog:shapley-shubik-1971").exit_code == 0


def test_solve_explains_itself(market: Path) -> None:
    shown = run("solve", market)
    assert shown.exit_code == 0
    for words in ("solved", "16", "verified", "method"):
        assert words in shown.output


@pytest.mark.parametrize("form", [["--json"], ["-o", "-"]])
def test_solve_writes_json_to_standard_output(market: Path, form: list[str]) -> None:
    shown = run("solve", market, *form, "--option", "prices=min")
    document = json.loads(shown.stdout)
    assert document["status"] == "solved"
    assert document["prices"] == document["price_min"]
    assert document["check"] == {"valid": True, "max_violation": 0.0, "tolerance": 0.0}


def test_quiet_is_quiet(market: Path, tmp_path: Path) -> None:
    shown = run("solve", market, "-q", "-o", tmp_path / "s.json")
    assert shown.output == ""
    assert (tmp_path / "s.json").is_file()


def test_standard_input_is_an_instance() -> None:
    assert run("solve", "-", "-q", text=json.dumps(GOOD)).exit_code == 0


def test_same_seed_same_bytes_except_times(market: Path) -> None:
    documents = [json.loads(run("solve", market, "--json").stdout) for _ in range(2)]
    for document in documents:
        assert document.pop("wall_time") >= 0
        document.pop("compile_time", None)
    assert json.dumps(documents[0]) == json.dumps(documents[1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "absent.json"], "absent.json: no such file or folder"),
        (["solve", ""], '"": is no name of a file or folder; . is this folder'),
        (["solve", "MARKET", "--method", "autos"], "unknown method 'autos'; did you mean 'auto'?"),
        (["solve", "MARKET", "--option", "price=min"], "did you mean 'prices'?"),
        (["solve", "MARKET", "--option", "prices=low"], "must be max | min | mid"),
        (["solve", "MARKET", "--option", "prices"], "must have the form KEY=VALUE"),
        (["solve", "MARKET", "--time-limit", "-1"], "time limit = -1.0"),
        (["solve", "MARKET", "--seed", "-1"], "seed = -1"),
        (["solve", "MARKET", "-o", "absent/s.json"], "absent: no such folder"),
        (["verify", "MARKET", "absent.json"], "absent.json: No such file"),
        (["verify", "MARKET", "MARKET"], "is an instance file, not a solution of one"),
        (["batch", "absent", "--store", "run.sqlite"], "absent: no such file or folder"),
        (["batch", "MARKET", "--store", "r.sqlite", "--method", "x"], "unknown method 'x'"),
        (["batch", "MARKET", "--store", "r.sqlite", "--option", "x=1"], "has no option 'x'"),
        (["results", "absent.sqlite"], "no such run store"),
        (["results", "MARKET"], "not a run store"),
        (["schema", "assignment"], "did you mean 'assignment_market'?"),
        (["generate", "assignment_market", "--option", "recipe=x", "-o", "d"], "unknown recipe"),
        (["generate", "assignment_market", "--option", "n=1", "-o", "d"], "has no option 'n'"),
        (["convert", "absent.txt", "out.json"], "absent.txt: no such file"),
        (["convert", "MARKET", "out.json", "--option", "from=x"], "unknown converter 'x'"),
        (["slove", "x"], "unknown verb 'slove'; did you mean 'solve'?"),
    ],
)
def test_unusable_input_is_status_2_and_one_clear_line(
    arguments: list[str],
    words: str,
    market: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    shown = run(*[str(market) if part == "MARKET" else part for part in arguments])
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr
    assert shown.stdout == ""
    assert sorted(tmp_path.iterdir()) in (before, [*before, tmp_path / "r.sqlite"])


def test_every_fault_of_a_file_gets_its_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(GOOD | {"values": [[1, -1], [-2, 3]], "valeus": 1}))
    shown = run("solve", bad, "-o", tmp_path / "out.json")
    assert shown.exit_code == 2
    assert len(shown.stderr.splitlines()) == 3
    assert all(line.startswith(f"{bad}: ") for line in shown.stderr.splitlines())
    assert not (tmp_path / "out.json").exists()


def test_verify_accepts_what_solve_wrote(market: Path, solution: Path) -> None:
    shown = run("verify", market, solution)
    assert shown.exit_code == 0
    assert "valid" in shown.output


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"prices": [1, 5, 1]}, "assignment.prices.buyer-demand"),
        ({"price_min": [2, 5, 1]}, "assignment.price-min.end"),
        ({"price_max": [1, 3, 0]}, "assignment.price-max.end"),
        ({"matching": [1, 1, 0]}, "assignment.matching"),
        ({"utilities": [3, 5, 1]}, "assignment.utilities"),
        ({"welfare": 17}, "assignment.welfare"),
        ({"objective": 17}, "assignment.objective"),
        ({"gap": 0.5}, "file.gap"),
        ({"instance": {"name": "", "sha256": "0" * 64}}, "file.instance"),
        ({"status": "no_equilibrium"}, "assignment.existence"),
        ({"status": "no_equilibrium"}, "file.status"),
        ({"status": "unknown"}, "file.status"),
        ({"gap": None}, "file.gap"),
        ({"matching": [3, 1, 0]}, "file.entries"),
        ({"matching": [-1, 1, 0]}, "file.entries"),
    ],
)
def test_verify_names_the_broken_condition(
    market: Path, solution: Path, fields: dict[str, Any], check: str
) -> None:
    shown = run("verify", market, change(solution, **fields), "--json")
    assert shown.exit_code == 1
    document = json.loads(shown.stdout)
    assert not document["valid"]
    assert check in [entry["id"] for entry in document["checks"] if not entry["passed"]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "solvd"}, "did you mean 'solved'?"),
        ({"prices": [1, 2]}, "prices: has length 2, expected 3"),
        ({"prces": []}, "unknown field; did you mean 'prices'?"),
        ({"kind": "x"}, "the instance is of kind 'assignment_market'"),
        ({"certificate": {"kind": "duel"}}, "did you mean 'dual'?"),
        ({"objective": "x"}, "must be a number or null"),
        ({"matching": [True, 1, 0]}, "matching[0]"),
        ({"matching": ["1", 1, 0]}, "matching[0]"),
    ],
)
def test_a_malformed_solution_is_unusable_input(
    market: Path, solution: Path, fields: dict[str, Any], words: str
) -> None:
    shown = run("verify", market, change(solution, **fields))
    assert shown.exit_code == 2
    assert words in shown.stderr


def test_batch_counts_and_fails_visibly(market: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    store = tmp_path / "run.sqlite"
    shown = run("batch", tmp_path, "--store", store, "--jobs", 1)
    assert shown.exit_code == 1
    assert "1 answered now" in shown.output
    assert "bad.json" in shown.output
    (tmp_path / "bad.json").unlink()
    assert run("batch", market, "--store", store, "--jobs", 1).exit_code == 0  # of this batch
    assert "bad.json" in run("results", store).output  # still visible
    assert json.loads(run("results", store, "--json").stdout)["states"] == {"done": 1, "failed": 1}


def test_generate_is_repeatable_whatever_the_count(tmp_path: Path) -> None:
    for count, folder in ((1, "one"), (3, "three")):
        shown = run("generate", "assignment_market", "--count", count, "-o", tmp_path / folder)
        assert shown.exit_code == 0
    first = sorted((tmp_path / "one").iterdir())
    third = sorted((tmp_path / "three").iterdir())
    assert len(first) == 1
    assert len(third) == 3
    assert first[0].read_bytes() == (tmp_path / "three" / first[0].name).read_bytes()
    assert "generator" in eqsolve.load(first[0]).metadata


def test_generate_writes_lines(tmp_path: Path) -> None:
    target = tmp_path / "many.jsonl"
    assert run("generate", "assignment_market", "--count", 4, "-o", target).exit_code == 0
    assert len(target.read_text().splitlines()) == 4
    assert run("solve", f"{target}#2", "-q").exit_code == 0


def test_convert_changes_the_form(market: Path, tmp_path: Path) -> None:
    assert run("convert", market, tmp_path / "out.jsonl").exit_code == 0
    assert run("convert", market, tmp_path / "npy.json", "--option", "arrays=npy").exit_code == 0
    original = eqsolve.load(market)
    assert eqsolve.load(f"{tmp_path / 'out.jsonl'}#0") == original
    assert eqsolve.load(tmp_path / "npy.json") == original
    assert list(tmp_path.glob("*.npy"))


def test_methods_lists_options_and_json_agrees() -> None:
    shown = run("methods", "assignment_market")
    assert "prices" in shown.output
    document = json.loads(run("methods", "--json").stdout)
    for kind, methods in document.items():
        names = [method.name for method in eqsolve.methods(kind)]
        assert [method["name"] for method in methods] == names


def test_schemas_accept_what_we_write(market: Path, solution: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for arguments, path in ((["schema"], market), (["schema", "--solution"], solution)):
        schema = json.loads(run(*arguments, "assignment_market").stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(path.read_text()), schema)
    schema = json.loads(run("schema", "assignment_market").stdout)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(GOOD | {"values": [[-1]]}, schema)


def test_doctor_says_that_all_works() -> None:
    shown = run("doctor")
    assert shown.exit_code == 0, shown.output
    assert "eqsolve" in shown.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    assert "_EQSOLVE_COMPLETE" in run("completion", shell).output


def test_every_method_names_its_paper() -> None:
    for family in BUILT_IN:
        for method in family.methods:
            shown = run("cite", method.name, "--kind", family.kind)
            assert shown.exit_code == 0
            assert re.search(r"\((19|20)\d\d\)\. \w", shown.stdout), f"{family.kind} {method.name}"


def test_cite_names_the_nearest_method() -> None:
    shown = run("cite", "ascendig")
    assert shown.exit_code == 2
    assert "did you mean 'ascending'?" in shown.stderr


def test_welfare_effects_of_a_platform(tmp_path: Path) -> None:
    network, found = tmp_path / "network.json", tmp_path / "solution.json"
    fields = {"eqsolve": 1, "kind": "trading_network", "values": [[5, 3], [4, 1]]}
    network.write_text(json.dumps({**fields, "known": [[0, 0], [1, 0]]}))
    assert run("solve", network, "-o", found, "-q").exit_code == 0
    shown = run("ask", "welfare_effects", network, "--json")
    assert shown.exit_code == 0
    document = json.loads(shown.stdout)
    assert document["welfare_without_platform"] == 5
    assert document["welfare"] == document["welfare_full"] == 7
    assert document["buyer_gains"] == [1, 0]
    assert document["seller_gains"] == [-1, 2]
    again = json.loads(run("ask", "welfare_effects", network, found, "--json").stdout)
    assert again["buyer_gains"] == document["buyer_gains"]
    assert "buyers who gain" in run("ask", "welfare_effects", network, found).stdout


def test_convert_takes_folders(market: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    late = {"values": [[1]], "kind": "assignment_market", "eqsolve": 1}
    (folder / "late.json").write_text(json.dumps(late))
    (folder / "b.nfg").write_text('NFG 1 R "g" { "x" "y" } { 1 1 }\n\n1 2\n')
    assert run("convert", folder, tmp_path / "all.jsonl").exit_code == 0
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 2
    foreign = tmp_path / "foreign" / "deeper"
    foreign.mkdir(parents=True)
    for name in ("a.txt", "b.txt"):
        (foreign / name).write_text("2\n1 2\n3 4\n")
    shown = run("convert", foreign.parent, tmp_path / "out", "--option", "from=orlib")
    assert shown.exit_code == 0
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_convert_recognizes_lines_that_are_no_instances(tmp_path: Path) -> None:
    board = tmp_path / "board.jsonl"
    board.write_text('{"Model": "m", "Sorting Average (2 datasets)": 50.0}\n')
    assert run("convert", board, tmp_path / "market.json").exit_code == 0
    assert eqsolve.load(tmp_path / "market.json").kind == "model_market"


@pytest.mark.parametrize("tolerance", ["-1", "nan", "inf", "1"])
def test_a_tolerance_that_is_none_is_refused_for_whole_numbers_too(
    market: Path, solution: Path, tolerance: str
) -> None:
    shown = run("verify", market, solution, "--tolerance", tolerance)
    assert shown.exit_code == 2
    assert "must be in [0, 1)" in shown.stderr


def test_a_claim_without_evidence_has_an_exit_status_of_its_own(tmp_path: Path) -> None:
    network = {
        "eqsolve": 1,
        "kind": "trading_network",
        "values": [[9 - i + j for j in range(4)] for i in range(4)],
        "known": [[i, i] for i in range(4)],
    }
    instance, solution = tmp_path / "network.json", tmp_path / "solution.json"
    instance.write_text(json.dumps(network))
    assert run("solve", instance, "-o", solution).exit_code == 0
    claims = {"certificate": None, "bound_source": "backend", "status": "solved"}
    document = json.loads(solution.read_text())
    claims |= {"bound": document["revenue"], "gap": 0.0, "guarantee": 1.0, "limit": None}
    word = change(solution, **claims)
    shown = run("verify", instance, word)
    assert shown.exit_code == 4
    assert "NOT PROVED" in shown.output
    told = run("verify", instance, word, "--json")
    assert told.exit_code == 4
    assert json.loads(told.stdout)["verdict"] == "not proved"
    assert json.loads(told.stdout)["unchecked"]
    assert run("verify", instance, word, "--trust").exit_code == 0
    wrong = change(solution, revenue=document["revenue"] + 1)
    assert run("verify", instance, wrong, "--trust").exit_code == 1


def test_verification_obeys_a_time_limit(tmp_path: Path) -> None:
    game, solution = "catalog:prisoners-dilemma", tmp_path / "solution.json"
    assert run("solve", game, "-o", solution).exit_code == 0
    late = run("verify", game, solution, "--time-limit", "1e-9")
    assert late.exit_code == 4
    assert "not looked through within the time limit" in " ".join(late.output.split())
    assert run("verify", game, solution, "--time-limit", "60").exit_code == 0
    assert run("verify", game, solution, "--time-limit", "-1").exit_code == 2


@pytest.mark.parametrize("name", ["a.xlsx", "a.HTML", "a.png", "a.parquet", "a.md", "a.sqlite"])
def test_answers_are_not_written_into_files_of_other_programs(
    market: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    for verb in (["solve", market], ["ask", "lattice", market]):
        shown = run(*verb, "-o", path)
        assert shown.exit_code == 2
        assert f"{name}: an answer is written as a .json file, or as a .csv table" in shown.stderr
    assert not path.exists()
    with pytest.raises(eqsolve.OptionError, match=r"an instance is written as a \.json file"):
        eqsolve.save(eqsolve.load(market), path)


@pytest.mark.parametrize(
    ("words", "name", "rule"),
    [
        ("results {store} --csv", "a.xlsx", "a .csv table; spreadsheets open .csv files"),
        ("results {store} --csv", "a.json", "items are written as a .csv table"),
        ("results {store} --parquet", "a.csv", "rows are written as a .parquet file"),
        ("results {store} --html", "a.csv", "a run is shown as a .html page"),
        ("results {store} --solutions", "a.json", "solutions are written into a folder"),
        ("bench --from {run} -o", "a.csv", "measurements are written as a .json file, or as"),
        ("generate assignment_market -o", "a.xlsx", "instances are written as a .json file"),
        ("convert {market}", "a.zip", "or as a .csv table, or as a folder of files"),
        ("batch {market} --jobs 1 --store", "a.csv", "a run is kept as a .sqlite file"),
    ],
)
def test_no_verb_writes_one_form_under_the_name_of_another(
    market: Path, tmp_path: Path, words: str, name: str, rule: str
) -> None:
    store, measured = tmp_path / "run.sqlite", tmp_path / "run.json"
    Store(store).close()
    measured.write_text('{"environment": {}, "measurements": []}')
    filled = words.format(store=store, run=measured, market=market).split()
    shown = run(*filled, tmp_path / name)
    assert shown.exit_code == 2
    assert rule in " ".join(shown.stderr.split())
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_there_may_be_called_like_a_file(market: Path, tmp_path: Path) -> None:
    folder = tmp_path / "old.xlsx"
    folder.mkdir()
    assert run("convert", market, folder).exit_code == 0
    assert len(list(folder.iterdir())) == 1


def test_a_table_may_end_in_capitals(market: Path, tmp_path: Path) -> None:
    assert run("solve", market, "-q", "-o", tmp_path / "A.CSV").exit_code == 0
    assert (tmp_path / "A.CSV").read_text().startswith("buyer,seller,")
    assert run("convert", market, "-q", tmp_path / "B.CSV").exit_code == 0
    assert (tmp_path / "B.CSV").read_text().startswith("buyer,")


def test_files_in_the_wrong_order_are_told_so(market: Path, solution: Path) -> None:
    turned = run("verify", solution, market)
    assert (turned.exit_code, turned.stderr) == (
        2, f"{solution}: is a solution file, not an instance\n"
    )  # fmt: skip
    twice = run("verify", market, market)
    assert (twice.exit_code, twice.stderr) == (
        2, f"{market}: is an instance file, not a solution of one\n"
    )  # fmt: skip
    asked = run("ask", market, "lattice")
    assert asked.exit_code == 2
    assert f"the question comes first: eqsolve ask lattice {market}" in asked.stderr


@pytest.mark.parametrize(
    ("begins", "rule"),
    [
        (b"PK\x03\x04", "save the sheet as CSV"),
        (b"PAR1", "read it with pandas.read_parquet"),
        (b"SQLite format 3", "eqsolve results"),
    ],
)
@pytest.mark.parametrize("kind", [[], ["--kind", "assignment_market"]])
def test_files_of_other_programs_are_called_by_name(
    tmp_path: Path, begins: bytes, rule: str, kind: list[str]
) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(begins + bytes(range(200)))
    shown = run("solve", path, *kind)
    assert shown.exit_code == 2
    assert rule in shown.stderr
    assert shown.stderr.count("\n") == 1
