"""Theorems as code: the catalog of all families, and the search for counterexamples behind it.

A claim is attacked with Hypothesis: instances full of ties, zeros and empty sides are drawn from
the theorem's strategy, and what is found is shrunk to the smallest case that still shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError, OptionError, UnsupportedError, nearest_name
from eqsolve.core.extras import install_command
from eqsolve.core.theorem import Theorem
from eqsolve.registry import named_by_each

__all__ = ["Finding", "attack", "catalog_and_failures", "load_conjectures", "theorems"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found.

    Parameters
    ----------
    theorem : the claim.
    drawn : instances drawn; applied : those on which its hypotheses hold.
    message : how the claim fails, or how the witness shows what can happen; None if not found.
    instance : the smallest such instance, or None.
    broken : whether the check itself failed there, which refutes a claim of either sort.
    """

    theorem: Theorem
    drawn: int
    applied: int
    message: str | None = None
    instance: Any = None
    broken: bool = False

    @property
    def refuted(self) -> bool:
        """Whether a universal claim has a counterexample."""
        return self.broken or (self.message is not None and not self.theorem.can_happen)

    @property
    def verdict(self) -> str:
        """The outcome in a few words."""
        if self.refuted:
            return "REFUTED"
        if self.theorem.can_happen:
            return "no witness found" if self.message is None else "witness found"
        return "holds" if self.applied else "never applied"


def catalog_and_failures() -> tuple[dict[str, Theorem], dict[str, str]]:
    """Return id -> theorem of all families, and kind -> why of those that cannot be imported."""
    return named_by_each(
        lambda family: {
            theorem.id: theorem for theorem in family.entries("theorems", "THEOREMS", Theorem)
        }
    )


def theorems(*ids: str) -> tuple[Theorem, ...]:
    """Return theorems by id, all of them without arguments.

    Parameters
    ----------
    ids : whole ids, or what stands before a hyphen: ``"CRS"`` names ``CRS-1``, ``CRS-2`` ....

    Raises
    ------
    OptionError : no such id; names the nearest.

    Examples
    --------
    >>> theorems("BIP-2")[0].title
    'lattice'
    >>> [theorem.id for theorem in theorems("CAP")]
    ['CAP-1', 'CAP-2', 'CAP-3', 'CAP-4']
    """
    catalog, _ = catalog_and_failures()
    if not ids:
        return tuple(catalog.values())
    chosen: dict[str, Theorem] = {}
    for wanted in ids:
        named = {name: own for name, own in catalog.items() if name.partition("-")[0] == wanted}
        if wanted in catalog:
            named = {wanted: catalog[wanted]}
        if not named:
            raise OptionError(f"unknown theorem {wanted!r}; {nearest_name(wanted, catalog)}")
        chosen |= named
    return tuple(chosen.values())


def load_conjectures(path: str | Path) -> tuple[Theorem, ...]:
    """Return the ``THEOREMS`` of a Python file of the user's own.

    Raises
    ------
    FormatError : the file cannot be run or has no tuple ``THEOREMS`` of `Theorem` objects.
    """
    file = Path(path)
    spec = spec_from_file_location(f"eqsolve_conjectures_{file.stem}", file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise FormatError(str(path), Fault("", "no such Python file"))
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's file raises should be shown as its fault
        raise FormatError(str(path), Fault("", f"{type(error).__name__}: {error}")) from None
    found = getattr(module, "THEOREMS", ())
    if not found or not all(isinstance(entry, Theorem) for entry in found):
        raise FormatError(str(path), Fault("THEOREMS", "must be a tuple of Theorem objects"))
    return tuple(found)


def attack(theorem: Theorem, *, examples: int = 200, seed: int = 0) -> Finding:
    """Search a counterexample (or a witness, where the claim is that something can happen).

    Parameters
    ----------
    theorem : the claim; from the catalog or your own.
    examples : instances to draw.
    seed : same seed and versions, same instances.

    Raises
    ------
    UnsupportedError : the extra ``theorems`` (Hypothesis) is not installed.
    OptionError : the theorem names a strategy that `eqsolve.testing` does not have.

    Examples
    --------
    >>> attack(theorems("BIP-8")[0], examples=20).verdict
    'holds'
    """
    try:
        import hypothesis
    except ImportError:
        reason = f"hypothesis is not installed; {install_command('hypothesis')}"
        raise UnsupportedError("theorems", reason) from None
    testing = import_module("eqsolve.testing")

    make = getattr(testing, theorem.strategy, None)
    if make is None:
        hint = nearest_name(theorem.strategy, testing.__all__)
        raise OptionError(f"{theorem.id} names the strategy {theorem.strategy!r}; {hint}")
    counts = {"drawn": 0, "applied": 0}
    latest: list[tuple[Any, str, bool]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.target, hypothesis.Phase.shrink],
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(make())
    def probe(instance: Any) -> None:
        counts["drawn"] += 1
        if not theorem.applies(instance):
            return
        counts["applied"] += 1
        broken = False
        try:
            message = theorem.claim(instance)
        except Exception as error:
            broken = True
            message = f"the check itself failed with {type(error).__name__}: {error}"
            # Hypothesis shrinks by the kind of error, so all failures look alike to it.
        if message is not None:
            latest.append((instance, message, broken))
            raise _Found

    try:
        probe()
    except _Found:
        instance, message, broken = latest[-1]  # Hypothesis ends with the smallest case
        return Finding(theorem, counts["drawn"], counts["applied"], message, instance, broken)
    return Finding(theorem, counts["drawn"], counts["applied"])


class _Found(Exception):  # noqa: N818  # a signal to Hypothesis, not an error
    """The claim failed on an instance, or a witness was found."""
