"""The side questions under their names, with rechecked answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any, ClassVar

from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.report import Report
from eqsolve.core.table import Table, number
from eqsolve.families.dec_pomdp.convert import read_model
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.methods.base import SOURCE
from eqsolve.families.dec_pomdp.observing import MOST, Observability, observe
from eqsolve.families.dec_pomdp.questions.asking import AskHistory
from eqsolve.families.dec_pomdp.questions.asking_denoisers import (
    AskFixedPoints,
    AskFlow,
    AskTrained,
)
from eqsolve.families.dec_pomdp.show import likeliest, named
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, Posterior
from eqsolve.families.dec_pomdp.solution.posteriors import plain_history
from eqsolve.families.dec_pomdp.verify.conditions import verify

__all__ = ["QUESTIONS"]

_WORDS = {True: "yes", False: "no", None: "open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskObservability(Question[DecPOMDP]):
    """Who can know the state; of several files at once in one table.

    Parameters
    ----------
    most_sets : knowledge sets, and tuples of them, met at most.
    beside : a folder or pattern of further ``.dpomdp`` files.
    """

    name: ClassVar[str] = "observability"
    summary: ClassVar[str] = "who can know the state, all together and alone; of many files"
    theorem: ClassVar[str] = "DEC-2, DEC-4"
    cost: ClassVar[str] = "O(S x joint actions x joint observations) sets, then tuples of sets"
    source: ClassVar[str] = SOURCE

    most_sets: int = MOST
    beside: str = ""

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Search, and let the verifier search again."""
        if self.most_sets < 1:
            raise OptionError(f"most_sets = {self.most_sets}: must be >= 1")
        models = list(
            {it.digest: it for it in [instance, *map(read_model, _files(self.beside))]}.values()
        )
        table = Table(
            "Who can know the state",
            ["model", "states", "together", "steps", "states left", "alone", "sets", "tuples"],
        )
        found: list[Observability] = []
        checks: dict[str, Report | None] = {}
        for k, model in enumerate(models):
            one = observe(model, means.deadline, most=self.most_sets)
            found.append(one)
            history = one.ambiguous_history
            table.add(
                model.name or f"model {k}",
                model.n_states,
                _WORDS[one.collectively_observable],
                None if history is None else len(history),
                len(one.states_left) or None,
                _WORDS[one.shared_identifiable],
                one.explored,
                one.tuples,
            )
            checks[model.name or f"model {k}"] = _checked(model, means, (), one)
        limits = [one.limit for one in found if one.limit is not None]
        return Answer(
            value=found[0] if len(found) == 1 else found,
            sentence=_sentence(instance, found[0]),
            fields={
                "models": [
                    {
                        "name": model.name,
                        "states": model.n_states,
                        "collectively_observable": one.collectively_observable,
                        "shared_identifiable": one.shared_identifiable,
                        "ambiguous_history": _plain(one.ambiguous_history),
                        "states_left": list(one.states_left),
                        "unshared_history": _plain(one.unshared_history),
                        "explored": one.explored,
                        "tuples": one.tuples,
                    }
                    for model, one in zip(models, found, strict=True)
                ]
            },
            tables=[table],
            check=checks[instance.name or "model 0"] if len(models) == 1 else together(checks),
            limit=limits[0] if limits else None,
        )


def _plain(history: History | None) -> Any:
    return None if history is None else plain_history(history)


def _sentence(model: DecPOMDP, found: Observability) -> str:
    """Return the answer in one sentence."""
    if found.collectively_observable is None:
        return f"open after {found.explored} knowledge sets"
    if found.ambiguous_history is not None:
        return (
            f"not collectively observable: {model.words(found.ambiguous_history)} leaves "
            f"{len(found.states_left)} states"
        )
    alone = {
        True: "one state is shared, whatever happens",
        False: "agents alone may share several states",
        None: "whether agents alone always share one state is open",
    }[found.shared_identifiable]
    return f"collectively observable, {found.explored} knowledge sets; {alone}"


def _files(beside: str) -> list[Path]:
    """Return the files of a folder or pattern.

    Raises
    ------
    FormatError : there are none.
    """
    if not beside:
        return []
    folder = Path(beside)
    listed = folder.iterdir() if folder.is_dir() else map(Path, glob(beside))  # noqa: PTH207  # a pattern
    found = sorted(path for path in listed if path.name.endswith((".dpomdp", ".dpomdp.gz")))
    if not found:
        raise FormatError(beside, Fault("", "holds no .dpomdp file"))
    return found


def _checked(
    model: DecPOMDP,
    means: Means,
    posteriors: Sequence[Posterior],
    found: Observability | None = None,
) -> Report:
    """Let the verifier judge an answer as a solution."""
    flags: dict[str, Any] = {}
    if found is not None:
        names = (
            "collectively_observable", "shared_identifiable", "ambiguous_history",
            "unshared_history", "knowledge_sets", "explored",
        )  # fmt: skip
        flags = {name: getattr(found, name) for name in names}
    asked = model.with_histories([entry.history for entry in posteriors])
    solution = DecPOMDPSolution(posteriors=tuple(posteriors), **flags)
    return verify(asked, solution, deadline=means.deadline.grace())


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPosterior(AskHistory):
    """What joint histories say of the state, all together and to each agent alone."""

    name: ClassVar[str] = "posterior"
    summary: ClassVar[str] = "probabilities of the state after a joint history, joint and local"
    theorem: ClassVar[str] = "DEC-1, DEC-3"
    cost: ClassVar[str] = "O(steps x nonzeros of a transition matrix x agents)"

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Filter, and let the verifier add up paths."""
        found = self.told(instance, means)
        tables = []
        for entry in found:
            agents = [instance.label("agents", i) for i in range(instance.n_agents)]
            table = Table(f"After {instance.words(entry.history)}", ["state", "together", *agents])
            for s in range(instance.n_states):
                rows = (entry.joint, *entry.local)
                table.add(
                    instance.label("states", s),
                    *(None if row is None else float(row[s]) for row in rows),
                )
            tables.append(table)
        first = found[0]
        return Answer(
            value=first if len(found) == 1 else found,
            sentence=(
                f"{instance.words(first.history)}: probability {number(first.probability)}, all "
                f"together {likeliest(instance, first)}"
            ),
            fields={"posteriors": [entry.to_dict() for entry in found]},
            tables=tables,
            check=_checked(instance, means, found),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskShared(AskHistory):
    """States that no agent alone can rule out."""

    name: ClassVar[str] = "shared_states"
    summary: ClassVar[str] = "states that no agent alone can rule out after a joint history"
    theorem: ClassVar[str] = "DEC-3, DEC-4"
    cost: ClassVar[str] = "O(steps x joint actions x joint observations) operations with sets"

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Intersect each agent's own knowledge sets."""
        found = self.told(instance, means)
        table = Table("Shared states", ["history", "shared", "possible to all together"])
        possible = []
        for entry in found:
            states = () if entry.joint is None else tuple(entry.joint.nonzero()[0].tolist())
            possible.append(states)
            table.add(
                instance.words(entry.history),
                named(instance, entry.shared),
                named(instance, states),
            )
        first = found[0]
        return Answer(
            value=first.shared if len(found) == 1 else [entry.shared for entry in found],
            sentence=f"{instance.words(first.history)}: {named(instance, first.shared)}",
            fields={
                "histories": [
                    {
                        "history": plain_history(entry.history),
                        "shared": list(entry.shared),
                        "possible": list(states),
                    }
                    for entry, states in zip(found, possible, strict=True)
                ]
            },
            tables=[table],
            check=_checked(instance, means, found),
        )


QUESTIONS: tuple[type[Question[DecPOMDP]], ...] = (
    AskObservability, AskPosterior, AskShared, AskFixedPoints, AskFlow, AskTrained,
)  # fmt: skip
