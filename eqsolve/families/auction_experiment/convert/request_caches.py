"""Caches of requests and answers, as the authors' program keeps them: a store of answers.

A line is ``{KEY: {"model", "parameters", "system_prompt", "user_prompt", "output", "iteration",
...}}``. The key is the MD5 of model, parameters (JSON, names sorted), both prompts and iteration
joined, which is checked. The answer is kept under the key that we would ask with: the prompts as
messages, the parameters as they are, the iteration as number of the repetition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import Converter
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.endpoints.reply import AnswerError, read_reply
from eqsolve.endpoints.request import Request, chat
from eqsolve.families.auction_experiment.convert.cut import Cut, bytes_of
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.formats.text import head_of

__all__ = ["RequestCache"]

_TEXTS = ("model", "system_prompt", "user_prompt", "output")
_OURS = {"model", "messages", "repeat", "server"}
"""Names that no parameter may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCache(Converter):
    """A file ``raw_output_*.jsonl``.

    Parameters
    ----------
    cut : ``keep`` takes the whole lines of a file that was cut off.
    """

    name: ClassVar[str] = "request_cache"
    summary: ClassVar[str] = (
        "raw_output_*.jsonl, requests to models with their answers: into a .sqlite file"
    )
    source: ClassVar[str] = "KeHang-Zhu/llm-auction, experiment_logs"
    kind: ClassVar[str] = "auction_experiment"

    cut: Literal["refuse", "keep"] = "refuse"

    def recognizes(self, path: Path) -> bool:
        """Return whether its first line looks like a request with its answer."""
        if path.suffix != ".jsonl" or not path.is_file():
            return False
        head = head_of(path)
        return '"user_prompt"' in head and '"parameters"' in head

    def read(self, path: Path) -> Iterator[AuctionExperiment]:
        """Raise: there is no instance in such a file."""
        rule = "holds answers of models and no instance; convert it to a .sqlite file"
        raise FormatError(str(path), Fault("", rule))

    def exchanges(self, path: Path) -> Iterator[tuple[Request, str]]:
        """Yield the requests of a file with their answers.

        Raises
        ------
        FormatError : names file, line and rule; of a file that was cut off the byte.
        """
        text, cut = bytes_of(path)
        lines = text.split("\n")
        last = lines.pop()
        if last.strip() or cut is not None:
            if cut is None and _is_json(last):
                lines.append(last)
            else:
                cut = cut or Cut(len(text.encode()), "the rest of a line")
        if cut is not None and self.cut != "keep":
            rule = f"{cut.rule}; --option cut=keep takes the {len(lines)} lines that are whole"
            raise FormatError(str(path), Fault("", rule))
        faults: list[Fault] = []
        found = [
            exchange
            for number, line in enumerate(lines, start=1)
            if line.strip()
            for exchange in _exchanges(number, line, faults)
        ]
        if not found and not faults:
            faults.append(Fault("", "holds no request"))
        if faults:
            raise FormatError(str(path), faults[:MAX_FAULTS])
        yield from found


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _exchanges(number: int, line: str, faults: list[Fault]) -> Iterator[tuple[Request, str]]:
    """Yield the requests of a line with their answers, or add faults."""
    place = f"line {number}"
    try:
        document = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        faults.append(Fault(place, f"is not JSON: {error}"))
        return
    if not isinstance(document, Mapping) or not document:
        faults.append(Fault(place, "must be an object of requests by key"))
        return
    for key, entry in document.items():
        rule = _rule(key, entry)
        if rule:
            faults.append(Fault(place, rule, value=key[:40]))
            continue
        messages = [{"role": "user", "content": entry["user_prompt"]}]
        if entry["system_prompt"]:
            messages.insert(0, {"role": "system", "content": entry["system_prompt"]})
        asked = chat(entry["model"], messages, repeat=entry["iteration"], **entry["parameters"])
        yield asked, entry["output"]


def _rule(key: str, entry: Any) -> str:
    """Return what is wrong with a request and its answer, or empty text."""
    if not isinstance(entry, Mapping):
        return "must be an object"
    wrong = [name for name in _TEXTS if not isinstance(entry.get(name), str)]
    if wrong:
        return f"must have the texts {', '.join(wrong)}"
    parameters, iteration = entry.get("parameters"), entry.get("iteration", 0)
    if not isinstance(parameters, Mapping) or _OURS & set(parameters):
        return "parameters must be an object of settings"
    if isinstance(iteration, bool) or not isinstance(iteration, int) or iteration < 0:
        return "iteration must be a whole number >= 0"
    whole = (
        f"{entry['model']}{json.dumps(parameters, sort_keys=True)}{entry['system_prompt']}"
        f"{entry['user_prompt']}{iteration}"
    )
    if md5(whole.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest() != key:
        return "the key is not that of the request: one of them was changed"
    try:
        read_reply(entry["output"])
    except AnswerError as error:
        return f"the output {error}"
    return ""
