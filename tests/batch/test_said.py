"""What a run says of itself: what is open, what was passed over, whose exit status it is."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from eqsolve.batch.export import export_csv, export_solutions
from eqsolve.batch.html import export_html
from eqsolve.batch.run import batch_command, most_workers, run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.task import Question, Record, State
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError

QUESTION = Question()


def market(value: int, name: str = "") -> str:
    document = {"eqsolve": 1, "kind": "assignment_market", "values": [[value]], "name": name}
    return json.dumps(document)


def eqsolve(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def cells(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A store whose run was killed after one of three answers."""
    path = tmp_path / "run.sqlite"
    with Store(path) as store:
        names = ["/in/a.json", "/in/=b.json", "/in/c\x1b[31m.json"]
        command = batch_command(
            ["/in"], path, Question(seed=3), jobs=2, retry="none", memory_limit=5 * 2**20
        )
        settings = {"options": {"prices": "min"}, "seed": 3, "time_limit": 7.5, "workers": 2}
        run = store.begin(
            QUESTION, "none", settings, command, "9.9", [(n, None) for n in names], []
        )
        record = Record(digest="d", state=State.DONE, kind="k", seconds=0.1, solution=b"{}")
        store.add(QUESTION, [(names[0], "1", record)], "9.9", run)
    return path


def test_a_killed_run_shows_in_every_export(killed: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    go_on = f"eqsolve batch /in --store {killed} --jobs 2 --memory-limit 5 --seed 3"
    shown = eqsolve("results", killed, "--csv", tmp_path / "r.csv", "--html", tmp_path / "r.html",
                    "--parquet", tmp_path / "r.parquet")  # fmt: skip
    assert shown.exit_code == 0
    assert f"1 of 3 items are answered, 2 are open. To go on: {go_on}" in shown.stdout
    document = json.loads(eqsolve("results", killed, "--json").stdout)
    assert (document["answered"], document["open"], document["go_on"]) == (1, 2, [go_on])
    rows = cells(tmp_path / "r.csv")
    table = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    for found in (rows, table):
        assert sorted(row["state"] for row in found) == ["done", "open", "open"]
        assert sum(go_on in (row["reason"] or "") for row in found) == 2
    page = (tmp_path / "r.html").read_text()
    for text in ("3 items: 1 done, 2 open", go_on, "prices=min", "7.5", "9.9", "cut short"):
        assert text in page
    assert "\x1b" not in page + (tmp_path / "r.csv").read_text()


def test_cells_that_spreadsheets_would_run_are_text(tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "-5", "plain", "a=b"]
    with Store(tmp_path / "run.sqlite") as store:
        for number, name in enumerate(names):
            record = Record(
                digest=name, state=State.DONE, name=name, objective=-(2**70), bound=-0.5
            )
            store.add(QUESTION, [(f"{number}", "", record)], "0")
        export_csv(store, tmp_path / "r.csv")
    rows = cells(tmp_path / "r.csv")
    assert [row["name"] for row in rows] == [
        "'=1+1", "'+1", "'-1+1", "'@SUM(A1)", r"\t=1", r"\r=1", "'\uff1d1", "-5", "plain", "a=b",
    ]  # fmt: skip
    assert {(row["objective"], row["bound"]) for row in rows} == {(str(-(2**70)), "-0.5")}


def test_what_a_folder_run_passes_over_is_counted_and_said(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / ".git").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    for name in ("a.json", "B.JSON", "c.NFG", ".h.json", ".git/d.json", "t.txt", "v.npy"):
        (inside / name).write_text(market(1))
    (tmp_path / "other" / "e.json").write_text(market(1))
    (inside / "link").symlink_to(tmp_path / "other")
    os.mkfifo(inside / "pipe.json")
    store = inside / "run.sqlite"
    shown = eqsolve("batch", inside, "--store", store, "--jobs", 1)
    assert "1 instance:" in shown.stdout
    (line,) = (line for line in shown.stderr.splitlines() if line.startswith("passed over"))
    for text in (
        "2 hidden",
        "2 with its suffix in capitals",
        "1 linked folder",
        "1 of another type",
    ):
        assert text in line
    assert "1 no regular file" in line
    assert ".npy" not in line
    assert "run.sqlite" not in line
    with Store(store, read_only=True) as opened:
        assert "2 hidden" in json.loads(opened.runs()[0]["settings"])["passed_over"]


def test_tables_of_a_folder_are_instances_of_the_kind_that_is_said(tmp_path: Path) -> None:
    inside, store = tmp_path / "in", tmp_path / "run.sqlite"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.csv").write_text("who;mill;manor\nAnn;5,5;8\nBob;7;9\n")
    (inside / "deep" / "b.TSV").write_text("who\tmill\nAnn\t5\n")
    (inside / "c.csv").write_text("who,mill\nAnn,five\n")
    (inside / "d.json").write_text(market(1))
    told = eqsolve("batch", inside, "--store", store, "--jobs", 1)
    assert told.exit_code == 0
    assert "1 instance:" in told.stdout
    assert "passed over: 3 tables, which need --kind KIND" in told.stderr
    named = eqsolve("batch", inside / "a.csv", "--store", store)
    assert (named.exit_code, "is a table of what? say --kind KIND" in named.stderr) == (2, True)
    none = eqsolve("batch", inside, "--store", store, "--kind", "collusion_dynamics")
    assert (none.exit_code, "do not fit a table" in none.stderr) == (2, True)
    words = ("batch", inside, "--store", store, "--jobs", 1, "--kind")
    done = eqsolve(*words, "assignment_market")
    assert done.exit_code == 1
    assert "4 instances: 1 were known, 2 answered now, 0 out of time, 1 failed" in done.stdout
    with Store(store, read_only=True) as opened:
        rows = {Path(row["source"]).name: row for row in opened.rows()}
        assert "--kind assignment_market" in opened.runs()[-1]["command"]
    assert {name: row["objective"] for name, row in rows.items()} == {
        "a.csv": 15, "b.TSV": 5, "c.csv": None, "d.json": rows["d.json"]["objective"],
    }  # fmt: skip
    assert "in/c.csv: line 2, column 'mill' = 'five': must be a number" in rows["c.csv"]["reason"]
    again = eqsolve(*words, "assignment_market")
    assert "4 instances: 4 were known" in again.stdout
    eqsolve(*words, "fisher_market")
    with Store(store, read_only=True) as opened:
        kinds = {Path(row["source"]).name: row["kind"] for row in opened.rows()}
    assert kinds == {"a.csv": "", "b.TSV": "", "c.csv": "", "d.json": "assignment_market"}


@pytest.mark.parametrize("form", ["ours", "orlib"])
def test_what_a_conversion_of_a_folder_passes_over_is_said(tmp_path: Path, form: str) -> None:
    inside = tmp_path / "in"
    (inside / "deep").mkdir(parents=True)
    name, text = ("a.json", market(1)) if form == "ours" else ("a.txt", "1\n5\n")
    for place in (name, f".{name}", f"deep/{name}"):
        (inside / place).write_text(text)
    (inside / "link").symlink_to(tmp_path)
    words = () if form == "ours" else ("--option", "from=orlib")
    shown = eqsolve("convert", inside, tmp_path / "out", *words)
    assert "2 instances" in shown.stdout, shown.output
    assert "passed over: " in shown.stderr
    assert "1 hidden" in shown.stderr
    assert "1 linked folder" in shown.stderr


def test_the_exit_status_speaks_of_this_batch(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(market(1))
    (tmp_path / "bad.json").write_text(market(-1))
    store = tmp_path / "run.sqlite"
    assert eqsolve("batch", tmp_path / "bad.json", "--store", store, "--jobs", 1).exit_code == 1
    shown = eqsolve("batch", tmp_path / "good.json", "--store", store, "--jobs", 1)
    assert shown.exit_code == 0
    assert "bad.json" not in shown.stdout
    both = eqsolve("batch", tmp_path, "--store", store, "--jobs", 1)
    assert (both.exit_code, "2 were known" in both.stdout) == (1, True)
    assert eqsolve("batch", tmp_path / "good.json", "--store", store).exit_code == 0


def test_solutions_of_a_run_never_overwrite_each_other(tmp_path: Path) -> None:
    for place in ("x/a", "y/a", "y/A", "z/a-2", "z/..b", "z/a.json", "z/-o"):
        path = tmp_path / "in" / f"{place}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(market(len(list(tmp_path.rglob("*")))))
    run_batch([str(tmp_path / "in" / "z" / "..b.json"), str(tmp_path / "in")],
              tmp_path / "s.sqlite", QUESTION, jobs=1)  # fmt: skip
    with Store(tmp_path / "s.sqlite", read_only=True) as store:
        assert export_solutions(store, tmp_path / "out") == 7
        before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        assert export_solutions(store, tmp_path / "out") == 7
    after = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert before == after
    assert len({name.casefold() for name in after}) == len(set(after.values())) == 7
    assert not [name for name in after if name[0] in ".-"]


def test_file_names_in_any_encoding_do_not_end_a_batch(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    for number, name in enumerate(
        (b"\xff.json", b"\xfe.json", b"e\x1b[31m\n.json", "数.json".encode())
    ):
        Path(os.fsdecode(os.fsencode(inside) + b"/" + name)).write_text(market(2 - number))
    done = subprocess.run(
        [sys.executable, "-m", "eqsolve", "batch", "in", "--store", "s.sqlite", "--jobs", "1"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert done.returncode == 1, done.stderr
    assert b"4 instances: 0 were known, 3 answered now, 0 out of time, 1 failed" in done.stdout
    assert b"\x1b" not in done.stdout
    assert b"Traceback" not in done.stderr
    progress = run_batch([str(inside)], tmp_path / "s.sqlite", QUESTION, jobs=1)
    assert progress.skipped == 4
    with Store(tmp_path / "s.sqlite", read_only=True) as store:
        assert export_csv(store, tmp_path / "r.csv") == 4
        assert export_html(store, tmp_path / "r.html") == 4
        assert export_solutions(store, tmp_path / "out") == 3
        rows = [row["source"] for row in store.rows()]
    assert all(name.isprintable() for name in rows)
    assert sum(r"\xf" in name for name in rows) == 2
    (tmp_path / "r.html").read_text(encoding="utf-8")


def test_an_item_named_twice_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(market(1))
    names = [str(tmp_path), str(tmp_path / "a.json"), os.path.relpath(tmp_path / "a.json")]
    assert run_batch(names, tmp_path / "s.sqlite", QUESTION, jobs=1).total == 1


@pytest.mark.parametrize(
    "words", [("--jobs", "-1"), ("--memory-limit", "-5"), ("--memory-limit", "0")]
)
def test_limits_that_make_no_sense_are_refused(tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "a.json").write_text(market(1))
    shown = eqsolve("batch", tmp_path, "--store", tmp_path / "s.sqlite", *words)
    assert shown.exit_code == 2
    assert words[0] in shown.stderr
    assert not (tmp_path / "s.sqlite").exists()


def test_more_jobs_than_the_machine_carries_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    import eqsolve.batch.run as run

    def machine(processors: int, memory: int | None, files: int) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: processors)
        monkeypatch.setattr(run, "total_memory", lambda: memory)
        monkeypatch.setattr(run, "open_files", lambda: files)

    machine(2, None, 1000)
    assert [most_workers(jobs) for jobs in (0, 1, 7, 200)] == [2, 1, 7, 16]
    machine(2, 2**30, 1000)
    assert most_workers(200) == 3
    machine(64, None, 32)
    assert most_workers(200) == 4
    machine(64, None, 10)
    assert most_workers(0) == 1
    with pytest.raises(OptionError, match="must be > 0"):
        run_batch([], "s.sqlite", QUESTION, memory_limit=-5)


def test_a_command_goes_on_from_any_folder(tmp_path: Path) -> None:
    question = Question("exact", (("a", "b c"), ("d", "1")), 2.5, 4)
    words: Any = {"jobs": 3, "retry": "failed", "memory_limit": 2**20 + 1, "scheduler": "tcp://h:1"}
    command = batch_command(["x y", "catalog:z", "*.json"], "s.sqlite", question, **words)
    here = Path.cwd()
    assert command == (
        f"eqsolve batch '{here}/x y' catalog:z '{here}/*.json' --store {here}/s.sqlite --jobs 3 "
        "--method exact --option 'a=b c' --option d=1 --time-limit 2.5 --memory-limit 2 --seed 4 "
        "--retry failed --executor dask --scheduler tcp://h:1"
    )


def piped(data: bytes, *words: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "eqsolve", *(str(word) for word in words)],
        input=data,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )


@pytest.mark.slow
def test_standard_streams_mean_the_same_for_batch_and_results(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    lines = f"{market(1)}\n{market(-1)}\n".encode()
    for known in (0, 2):
        done = piped(lines, "batch", "-", "--store", store, "--jobs", 1)
        assert (done.returncode, done.stderr) == (1, b"")
        assert f"2 instances: {known} were known".encode() in done.stdout
    shown = piped(store.read_bytes(), "results", "-", "--csv", "/dev/stdout").stdout.decode()
    rows = list(csv.DictReader(io.StringIO(shown, newline="")))
    assert [row["state"] for row in rows] == ["done", "failed"]
    both = eqsolve("results", store, "--csv", "-", "--json")
    assert (both.exit_code, "standard output takes one" in both.stderr) == (2, True)


@pytest.mark.skipif(not Path("/dev/stdout").is_symlink(), reason="no /dev/stdout on this system")
def test_the_path_of_standard_output_is_standard_output() -> None:
    done = piped(market(5).encode(), "solve", "-", "-o", "/dev/stdout")
    assert json.loads(done.stdout)["objective"] == 5
    assert Path("/dev/stdout").is_symlink()


def test_many_faults_of_one_item_are_short_in_the_table_and_whole_in_the_csv(
    tmp_path: Path,
) -> None:
    inside, store, csv = tmp_path / "in", tmp_path / "run.sqlite", tmp_path / "run.csv"
    inside.mkdir()
    cells = "\n".join(f"n{k},{k},five,{k}" for k in range(30))
    (inside / "a.csv").write_text(f"who,mill,manor,hut\nbob,1,2,3\n{cells}\n")
    shown = eqsolve("batch", inside, "--store", store, "--jobs", 1, "--kind", "assignment_market")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("1 item ")
    assert "must be a number; ..., all in the CSV of eqsolve results" in shown.stdout
    assert "line 9" not in shown.stdout
    eqsolve("results", store, "--csv", csv)
    assert "line 9" in csv.read_text()
