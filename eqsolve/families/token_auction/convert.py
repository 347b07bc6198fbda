"""Foreign files as token auctions: a folder of texts, recorded log-probabilities.

A recording has a line for each model: its answer about one and the same text. It becomes a trace,
what every model told at every place, and each place an auction of one step, in which a token more
stands for all that was not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter, file_name, file_stem
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.solution import Spoken
from eqsolve.formats.logprobs import Position, read_positions
from eqsolve.formats.text import head_of, raw_text, with_plain_ends

__all__ = ["CONVERTERS", "OTHERS", "Recorded", "Texts", "book_of", "trace_of"]

_START = re.compile(r"^\*\*\* ?START OF .*\*\*\*[ \t]*$", re.MULTILINE)
_END = re.compile(r"^\*\*\* ?END OF .*\*\*\*[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts(Converter):
    """A folder of text files: one agent for each, with an n-gram model of it.

    Parameters
    ----------
    order, unit : of the models.
    length, prompt, stop : of the text to generate; an empty stop is none.
    aggregation, payment : the rules; without a payment it is the usual one of the aggregation.
    """

    name: ClassVar[str] = "brand_texts"
    summary: ClassVar[str] = "a folder of text files: an n-gram model for each, all bids 1"
    source: ClassVar[str] = "any folder of .txt files"
    kind: ClassVar[str] = "token_auction"

    order: int = 5
    unit: Literal["char", "word"] = "char"
    length: int = 200
    prompt: str = ""
    stop: str = ""
    aggregation: Literal["linear", "log_linear"] = "linear"
    payment: Literal["second_price", "vcg", "none"] | None = None

    def __post_init__(self) -> None:
        if self.order < 1 or self.length < 1:
            raise OptionError("order and length must be >= 1")

    def recognizes(self, path: Path) -> bool:
        """Return whether it is a folder that holds text files, and hardly anything else."""
        if not path.is_dir():
            return False
        names = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
        texts = [name for name in names if name.endswith(".txt")]
        others = [name for name in names if not name.endswith((".txt", ".md"))]
        return bool(texts) and not others

    def read(self, path: Path) -> Iterator[TokenAuction]:
        """Yield the auction of the folder's texts, or of a single one."""
        files = [path]
        if path.is_dir():
            files = sorted(entry for entry in path.iterdir() if entry.suffix == ".txt")
        said, models = [], []
        for file in files:
            text, removed = book_of(file)
            said += [f"{file_name(file)}: {part}" for part in removed]
            models.append({"ngram": {"text": text, "order": self.order, "unit": self.unit}})
        payment = self.payment or ("vcg" if self.aggregation == "log_linear" else "second_price")
        yield TokenAuction(
            [1] * len(models),
            models=models,
            length=self.length,
            prompt=self.prompt,
            stop=self.stop or None,
            aggregation=self.aggregation,
            payment=payment,
            name=file_stem(path),
            labels={"agents": [file_stem(file) for file in files]},
            metadata={
                "source": self.source,
                "converter": self.name,
                "options": asdict(self),
                **self.leaving(said),
            },
        )


def book_of(path: Path) -> tuple[str, list[str]]:
    """Return the text of a file as a book: without a byte-order mark and Project Gutenberg's frame.

    Line ends become plain; what else was taken away is told.

    Returns
    -------
    text, removed : the text, and a sentence for each part that is gone.

    Raises
    ------
    FormatError : the file cannot be read, is not UTF-8 (names the byte), or is empty.
    """
    text = raw_text(path)
    removed = []
    if text.startswith("\ufeff"):
        text = text[1:]
        removed.append("the byte-order mark")
    if "\r" in text:
        removed.append(f"{text.count(chr(13))} carriage returns at line ends")
        text = with_plain_ends(text)
    start, end = _START.search(text), _END.search(text)
    if start is not None and end is not None and start.end() < end.start():
        frame = len(text) - (end.start() - start.end())
        text = text[start.end() : end.start()].strip("\n") + "\n"
        removed.append(f"Project Gutenberg's header and licence, {frame} characters")
    if not text.strip():
        raise FormatError(str(path), Fault("", "holds no text"))
    return text, removed


OTHERS = "(all others)"
"""The token that stands for all that a recording does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Converter):
    """Recorded log-probabilities: an auction for each place of the text.

    Parameters
    ----------
    aggregation, payment : the rules; without a payment it is the usual one of the aggregation.
    """

    name: ClassVar[str] = "recorded_logprobs"
    summary: ClassVar[str] = "recorded log-probabilities, a line per model: a step for each token"
    source: ClassVar[str] = "OpenAI-compatible servers, completions and chat, as JSON lines"
    kind: ClassVar[str] = "token_auction"

    aggregation: Literal["linear", "log_linear"] = "linear"
    payment: Literal["second_price", "vcg", "none"] | None = None

    def recognizes(self, path: Path) -> bool:
        """Return whether its first line looks like an answer with log-probabilities."""
        if not path.name.endswith((".jsonl", ".ndjson")) or not path.is_file():
            return False
        head = head_of(path)
        return '"choices"' in head and '"logprobs"' in head

    def read(self, path: Path) -> Iterator[TokenAuction]:
        """Yield an auction for each place of the text."""
        words, taken, trace = trace_of(path)
        payment = self.payment or ("vcg" if self.aggregation == "log_linear" else "second_price")
        for step, (token, row) in enumerate(zip(taken, trace, strict=True)):
            told = sorted({t for spoken in row for t in spoken.tokens.tolist()})
            table = np.zeros((len(row), len(told) + 1))
            for line, spoken in zip(table, row, strict=True):
                line[np.searchsorted(told, spoken.tokens)] = spoken.probabilities
                line[-1] = spoken.rest
            yield TokenAuction(
                [1] * len(row),
                table,
                vocabulary=[*(words[t] for t in told), OTHERS],
                aggregation=self.aggregation,
                payment=payment,
                name=f"{file_stem(path)}-{step}",
                metadata={
                    "source": self.source,
                    "converter": self.name,
                    "options": asdict(self),
                    "before": "".join(taken[:step]),
                    "taken": token,
                },
            )


def trace_of(
    path: Path,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[Spoken, ...], ...]]:
    """Return what a recording tells of a text, as a trace.

    Returns
    -------
    vocabulary : the tokens that were told, in the order of first mention.
    taken : the tokens of the text.
    trace : by step and model, numbers into the vocabulary.

    Raises
    ------
    FormatError : names the file, the line and the rule; lines about different texts too.
    """
    lines = read_positions(path)
    taken = tuple(position.token for position in lines[0])
    for number, line in enumerate(lines):
        other = tuple(position.token for position in line)
        if other != taken:
            k = next(
                (k for k, pair in enumerate(zip(taken, other, strict=False)) if pair[0] != pair[1]),
                min(len(taken), len(other)),
            )
            rule = f"answer {number} is about another text than answer 0, from token {k} on"
            raise FormatError(str(path), Fault("", rule))
    numbers: dict[str, int] = {}
    for place in zip(*lines, strict=True):
        for position in place:
            for token in position.tokens:
                numbers.setdefault(token, len(numbers))
    trace = tuple(tuple(_spoken(position, numbers) for position in place)
                  for place in zip(*lines, strict=True))  # fmt: skip
    return tuple(numbers), taken, trace


def _spoken(position: Position, numbers: dict[str, int]) -> Spoken:
    """Return what a position tells."""
    tokens = np.array([numbers[token] for token in position.tokens], dtype=np.int64)
    return Spoken(tokens, position.probabilities, max(0.0, 1 - float(position.probabilities.sum())))


CONVERTERS: tuple[type[Converter], ...] = (Texts, Recorded)
"""The converters of this kind."""
