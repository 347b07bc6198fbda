"""Who answers which of two bundles is better: one frozen value.

The student itself (`Truthful`), the student with mistakes (`Noisy`), or a proxy: a model behind an
address (`Chat`) or anything of Python (`Function`), which read what the student writes of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.arguments import function_name
from eqsolve.core.errors import OptionError
from eqsolve.endpoints.talker import Talker

__all__ = ["RULES", "Answerer", "Chat", "Comparison", "Function", "Noisy", "Truthful"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a Python answerer gets to see.

    Parameters
    ----------
    student : number of the student.
    number : of the query, from 0.
    text : what the student writes of itself; empty where nobody asked for texts.
    bundles : the two bundles, as tuples of course numbers.
    names : the same as names of courses.
    """

    student: int
    number: int
    text: str
    bundles: tuple[tuple[int, ...], tuple[int, ...]]
    names: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Answerer:
    """Base of everyone who answers.

    Attributes
    ----------
    rule : the word in files.
    """

    rule: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the answerer as files say it; fields at their defaults are left out."""
        return {"rule": self.rule}

    @property
    def title(self) -> str:
        """The answerer in a few words, for tables."""
        return self.rule

    @property
    def error(self) -> float:
        """Share of wrong answers that a learner expects."""
        return 0.25


@dataclass(frozen=True)
class Truthful(Answerer):
    """The student, who knows best; of two equal bundles the first is named.

    Examples
    --------
    >>> Truthful().to_dict(), Truthful().error
    ({'rule': 'truthful'}, 0.0)
    """

    rule: ClassVar[str] = "truthful"

    @property
    def error(self) -> float:
        """None."""
        return 0.0


@dataclass(frozen=True)
class Noisy(Answerer):
    """Answers right with a given chance, whatever is asked.

    The answer to query t of student i is right where number t of
    ``Philox(SeedSequence(seed, spawn_key=(2, i)))``, uniform in [0, 1), is below `accuracy`.

    Parameters
    ----------
    accuracy : in [0, 1].
    """

    rule: ClassVar[str] = "noisy"

    accuracy: float

    def to_dict(self) -> dict[str, Any]:
        """Return the answerer as files say it."""
        return {"rule": self.rule, "accuracy": self.accuracy}

    @property
    def title(self) -> str:
        """The answerer in a few words."""
        return f"right with chance {self.accuracy:g}"

    @property
    def error(self) -> float:
        """The rest."""
        return 1.0 - self.accuracy


@dataclass(frozen=True)
class Chat(Answerer):
    """A model behind an OpenAI-compatible address that speaks for students.

    Parameters
    ----------
    talker : where it answers, its name there, and how it is to speak.
    seed : sent where given, for servers that draw by it.
    repeat_on_bad_answer : how often it is asked again after an answer that names no bundle.
    """

    rule: ClassVar[str] = "chat"

    talker: Talker
    seed: int | None = None
    repeat_on_bad_answer: int = 3

    def to_dict(self) -> dict[str, Any]:
        """Return the answerer as files say it; there is no key to leave out."""
        usual = Chat(self.talker)
        return {
            "rule": self.rule,
            **self.talker.to_dict(),
            **{
                name: getattr(self, name)
                for name in ("seed", "repeat_on_bad_answer")
                if getattr(self, name) != getattr(usual, name)
            },
        }

    @property
    def title(self) -> str:
        """The name of the model."""
        return self.talker.model


@dataclass(frozen=True)
class Function(Answerer):
    """A Python callable ``call(comparison) -> 0 or 1``, of which files hold the name alone.

    Parameters
    ----------
    name : how tables call it.
    call : takes a `Comparison`; None where it came from a file.
    """

    rule: ClassVar[str] = "function"

    name: str
    call: Callable[[Comparison], Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what a file can say of it."""
        return {"rule": self.rule, "name": self.name}

    @property
    def title(self) -> str:
        """Its name."""
        return self.name

    @staticmethod
    def of(call: object) -> Function:
        """Return a callable as an answerer.

        Raises
        ------
        OptionError : it is none.
        """
        if not callable(call):
            raise OptionError(f"{type(call).__name__} cannot answer: it is not callable")
        return Function(function_name(call), call)


RULES: Mapping[str, type[Answerer]] = {
    answerer.rule: answerer for answerer in (Truthful, Noisy, Chat, Function)
}
"""Word in files -> class."""
