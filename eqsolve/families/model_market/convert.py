"""Leaderboards to model markets: rows are models, columns are tasks, grouped into user types.

Score of a model for a type: the plain mean of its cells in the type's columns. Scores are kept as
given (0 to 100 on most boards). What happens to missing cells, which models are kept, how types
are weighted and how users choose are parameters, recorded in the instance's metadata.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from eqsolve.core.converter import Converter, file_name, file_stem, named
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, OptionError, nearest_name
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.formats.json_text import parse_json
from eqsolve.formats.text import head_of, read_text

__all__ = ["CONVERTERS", "LeaderboardTable", "MtebBoard"]


Cell = int | float | None
"""A score as it stands in the file; None where the cell is empty."""


class _Board(NamedTuple):
    """Names of models and columns, cells of each model, and the columns that were skipped."""

    models: list[str]
    columns: list[str]
    cells: list[list[Cell]]
    skipped: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConverter(Converter):
    """What all leaderboards share.

    Parameters
    ----------
    n_platforms : platforms that adopt a model.
    choice, beta : how users choose; beta is per point of score.
    groups : JSON file {type: [columns]}; ``"none"`` makes each column a type; ``"auto"`` takes
        ``categories_X.json`` beside ``table_X.csv`` where that exists.
    weights : ``"uniform"``, ``"columns"`` (number of columns of the type) or a list such as
        ``Coding=2,Language=1`` that names every type.
    missing : ``"mean"``: an empty cell is left out of its type's mean, a model without any cell in
        some type is left out; ``"zero"``: it counts as 0; ``"drop"``: its model is left out.
    top : keep only so many models, by the mean of their scores; 0 keeps all.
    """

    kind: ClassVar[str] = "model_market"

    n_platforms: int = 5
    choice: Literal["hardmax", "softmax"] = "hardmax"
    beta: float = 0.1
    groups: str = "auto"
    weights: str = "uniform"
    missing: Literal["mean", "zero", "drop"] = "mean"
    top: int = 0

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[ModelMarket]:
        """Yield the one market of the file.

        Raises
        ------
        FormatError : names the file, the line or column, and the rule.
        """
        board = self.board(path)
        _refuse_twice(path, "model", board.models)
        groups = self._groups(path, board.columns)
        rows = board.cells
        if self.missing == "zero":
            rows = [[0 if cell is None else cell for cell in row] for row in rows]
        scores = [
            [_mean([row[place] for place in part]) for part in groups.values()] for row in rows
        ]
        gone = named("column", board.skipped, "skipped, as asked for")
        kept = []
        for k, (row, means) in enumerate(zip(rows, scores, strict=True)):
            empty = [name for name, mean in zip(groups, means, strict=True) if mean is None]
            if self.missing == "drop":
                empty = [board.columns[place] for place, cell in enumerate(row) if cell is None]
            if empty:
                gone += named("model", [board.models[k]], f"no score for {', '.join(empty)}")
            else:
                kept.append(k)
        if not kept:
            rule = "no model has a score for every type; missing=zero reads empty cells as 0"
            raise FormatError(str(path), Fault("", rule))
        if 0 < self.top < len(kept):
            totals = {k: _exact_sum(scores[k]) for k in kept}
            best = set(sorted(kept, key=lambda k: -totals[k])[: self.top])
            below = [board.models[k] for k in kept if k not in best]
            gone += named("model", below, f"not among the top {self.top}")
            kept = [k for k in kept if k in best]
        soft = {"rule": "softmax", "beta": self.beta}
        yield ModelMarket(
            [scores[k] for k in kept],
            self._weights(path, groups),
            self.n_platforms,
            "hardmax" if self.choice == "hardmax" else soft,
            name=file_stem(path),
            labels={"models": [board.models[k] for k in kept], "types": list(groups)},
            metadata={
                "converter": self.name,
                "options": asdict(self),
                "file": file_name(path),
                "source": self.source,
                "models_left_out": len(board.models) - len(kept),
                **self.leaving(gone),
            },
        )

    def _groups(self, path: Path, columns: Sequence[str]) -> dict[str, list[int]]:
        """Return type -> column numbers."""
        place = {name: k for k, name in enumerate(columns)}
        if self.groups == "auto":
            beside = path.with_name(path.stem.replace("table_", "categories_") + ".json")
            file = beside if beside.is_file() and beside.stem != path.stem else None
        else:
            file = None if self.groups == "none" else Path(self.groups)
        if file is None:
            return {name: [k] for name, k in place.items()}
        document = parse_json(read_text(file), str(file))
        good = isinstance(document, dict) and all(
            isinstance(names, list) and names and all(isinstance(name, str) for name in names)
            for names in document.values()
        )
        if not good or not document:
            raise FormatError(str(file), Fault("", "must be an object: type -> list of columns"))
        faults = [
            Fault(name, f"no such column; {nearest_name(str(column), columns)}", (), column)
            for name, names in document.items()
            for column in names
            if column not in place
        ]
        for name, names in document.items():
            faults += [Fault(name, "is there twice", (), column) for column in _twice(names)]
        if faults:
            raise FormatError(str(file), faults)
        return {name: [place[column] for column in names] for name, names in document.items()}

    def _weights(self, path: Path, groups: Mapping[str, list[int]]) -> list[int | float]:
        """Return the weight of each type."""
        if self.weights == "uniform":
            return [1] * len(groups)
        if self.weights == "columns":
            return [len(part) for part in groups.values()]
        pairs = [_pair(text) for text in self.weights.split(",")]
        given = dict(pairs)
        faults = [
            Fault("weights", "a weight is given twice", (name,))
            for name in _twice([name for name, _ in pairs])
        ]
        faults += [
            Fault("weights", f"no such type; {nearest_name(name, groups)}", (name,))
            for name in given
            if name not in groups
        ]
        faults += [
            Fault("weights", "no weight is given", (name,)) for name in groups if name not in given
        ]
        if faults:
            raise FormatError(str(path), faults)
        return [given[name] for name in groups]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardTable(BoardConverter):
    """A CSV file: first column the model, one column per task, empty cells allowed.

    Parameters
    ----------
    skip : columns that are no scores, with commas between; ``"text"``: all that hold any text.
    """

    name: ClassVar[str] = "leaderboard"
    summary: ClassVar[str] = "CSV of models by tasks; tasks or groups of tasks are user types"
    source: ClassVar[str] = "e.g. livebench.ai, tables with their categories"

    skip: str = ""

    def recognizes(self, path: Path) -> bool:
        """Return whether it is a CSV file that begins with a column of models."""
        if path.suffix.lower() != ".csv" or not path.is_file():
            return False
        first = head_of(path).partition("\n")[0].partition(",")
        return first[0].strip('" \t').lower().startswith("model") and bool(first[1])

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        reader = csv.reader(io.StringIO(read_text(path), newline=""))
        rows: list[tuple[int, list[str]]] = []
        try:
            while True:
                line = reader.line_num + 1
                row = [cell.strip() for cell in next(reader)]
                if any(row):
                    rows.append((line, row))
        except StopIteration:
            pass
        except csv.Error as error:
            raise FormatError(str(path), Fault("", f"not a CSV file: {error}")) from None
        if len(rows) < 2 or len(rows[0][1]) < 2:
            raise FormatError(str(path), Fault("", "needs a header and a model with scores"))
        (_, header), *body = rows
        columns = header[1:]
        faults = [Fault(f"column {column!r}", "is there twice") for column in _twice(columns)]
        faults += [
            Fault(f"line {line}", f"has {len(row)} cells, expected {len(header)} as in the header")
            for line, row in body
            if len(row) != len(header)
        ]
        if faults:
            raise FormatError(str(path), faults)
        skipped = self._skipped(path, columns, [row[1:] for _, row in body])
        used = [place for place, column in enumerate(columns) if column not in skipped]
        cells = [
            [_cell(row[1 + place], f"line {line}, {columns[place]!r}", faults) for place in used]
            for line, row in body
        ]
        if any(fault.rule == _TEXT for fault in faults):
            rule = "columns of text are left out with --option skip=text"
            faults.append(Fault("", rule))
        if not used:
            faults.append(Fault("", "no column of scores is left"))
        if faults:
            raise FormatError(str(path), faults)
        return _Board([row[0] for _, row in body], [columns[k] for k in used], cells, skipped)

    def _skipped(self, path: Path, columns: Sequence[str], rows: list[list[str]]) -> list[str]:
        """Return the names of the columns to leave out."""
        if self.skip == "text" and "text" not in columns:
            scratch: list[Fault] = []
            for row in rows:
                for column, text in zip(columns, row, strict=True):
                    _cell(text, column, scratch)
            wrong = {fault.field for fault in scratch if fault.rule == _TEXT}
            return [column for column in columns if column in wrong]
        asked = [name.strip() for name in self.skip.split(",") if name.strip()]
        faults = [
            Fault("skip", f"no such column; {nearest_name(name, columns)}", (), name)
            for name in asked
            if name not in columns
        ]
        if faults:
            raise FormatError(str(path), faults)
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MtebBoard(BoardConverter):
    """JSON lines, one object per model, with columns ``KIND Average (k datasets)``.

    The name of a model is the text of its link, or the end of its address where several links have
    that text; the overall average is no type. As the file ends in
    ``.jsonl``, it has to be asked for: ``--option from=mteb``.
    """

    name: ClassVar[str] = "mteb"
    summary: ClassVar[str] = "JSON lines of text-embedding models; kinds of task are user types"
    source: ClassVar[str] = "embeddings-benchmark/leaderboard, boards_data/*/data_overall"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line is an object with a model and averages."""
        if path.suffix != ".jsonl" or not path.is_file():
            return False
        head = head_of(path, 1 << 16).partition("\n")[0]
        return '"Model"' in head and " Average (" in head

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        faults: list[Fault] = []
        rows: list[dict[str, Any]] = []
        for number, line in enumerate(read_text(path).split("\n"), 1):
            if not line.strip():
                continue
            try:
                record = parse_json(line, str(path), f"line {number}")
            except FormatError as error:
                faults.extend(error.faults)
                continue
            if not isinstance(record, dict) or "Model" not in record:
                faults.append(Fault(f"line {number}", "must be an object with the field 'Model'"))
                continue
            rows.append(record)
        models = _model_names([str(record["Model"]) for record in rows])
        found = dict.fromkeys(key for record in rows for key in record)
        keys = [key for key in found if re.match(r".+ Average \(", key)]
        if not faults and not keys:
            faults.append(Fault("", "no columns 'KIND Average (k datasets)'"))
        kinds = [key.split(" Average (")[0] for key in keys]
        faults += [Fault(f"column {kind!r}", "is there twice") for kind in _twice(kinds)]
        cells = [
            [_cell(record.get(key), f"model {model!r}, {key!r}", faults) for key in keys]
            for model, record in zip(models, rows, strict=True)
        ]
        if faults:
            raise FormatError(str(path), faults)
        return _Board(models, kinds, cells, [])


def _model_names(links: list[str]) -> list[str]:
    """Return the texts of HTML links; where one stands twice, the ends of the addresses instead."""
    texts = [html.unescape(re.sub(r"<[^>]*>", "", link)).strip() for link in links]
    twice = set(_twice(texts))
    ends = [re.search(r"""href=["']?[^"'>]*?([^/"'>]+/[^/"'>]+)/?["'>]""", link) for link in links]
    return [
        end.group(1) if text in twice and end is not None else text
        for text, end in zip(texts, ends, strict=True)
    ]


CONVERTERS: tuple[type[Converter], ...] = (LeaderboardTable, MtebBoard)


_TEXT = "must be a number, or empty"
_NEGATIVE = "must be a number >= 0, or empty"


def _cell(value: object, place: str, faults: list[Fault]) -> Cell:
    """Return a cell as a number, None where it is empty or, after adding a fault, wrong."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        number: Cell = value
    else:
        text = value.strip() if isinstance(value, str) else "text"
        if text.lower() in ("", "-", "na", "n/a", "nan"):
            return None
        try:
            number = read_number(text)
        except NumberError as error:
            rule = _TEXT if "must be a number" in str(error) else str(error)
            faults.append(Fault(place, rule, (), value))
            return None
    if number is not None and number < 0:
        faults.append(Fault(place, _NEGATIVE, (), value))
        return None
    return number


def _mean(cells: Sequence[Cell]) -> Cell:
    """Return the mean of the filled cells, None where all are empty.

    One cell is its own mean, whatever its digits. Several are summed as the decimals that stand in
    the file, so that equal sums have equal means; the mean is the float nearest to it.
    """
    filled = [cell for cell in cells if cell is not None]
    if len(filled) < 2:
        return filled[0] if filled else None
    return float(_exact_sum(filled) / len(filled))


def _exact_sum(numbers: Iterable[Cell]) -> Fraction:
    """Return the sum of numbers as the decimals they are written as."""
    return sum((Fraction(str(number)) for number in numbers if number is not None), Fraction(0))


def _twice(names: Iterable[str]) -> list[str]:
    """Return the names that stand more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def _refuse_twice(path: Path, sort: str, names: Iterable[str]) -> None:
    """Raise `FormatError` where a name stands more than once."""
    faults = [Fault(f"{sort} {name!r}", "is there twice") for name in _twice(names)]
    if faults:
        raise FormatError(str(path), faults)


def _pair(text: str) -> tuple[str, int | float]:
    """Return one ``TYPE=NUMBER`` of the option `weights`."""
    name, _, value = text.rpartition("=")
    try:
        return name.strip(), read_number(value)
    except NumberError:
        rule = "must be uniform, columns, or TYPE=NUMBER,TYPE=NUMBER,..."
        raise OptionError(f"option weights = {text!r}: {rule}") from None
