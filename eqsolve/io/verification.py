"""Verify a solution file: the family's report, and what the file says of itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.instance import Instance
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.method import make_method
from eqsolve.core.options import option_table
from eqsolve.core.report import Check, Report
from eqsolve.core.tolerances import Tolerances
from eqsolve.io.decode import decode
from eqsolve.io.opening import folder_of, open_instance, read_bytes, require_two
from eqsolve.io.solutions import ImpossibleClaimError, SolutionFile, read_solution
from eqsolve.registry import Family, family_of

__all__ = ["verify_document", "verify_file"]


def verify_file(
    instance_name: str,
    solution_name: str,
    tolerance: float = 1e-6,
    time_limit: float | None = None,
    recheck: Collection[str] = (),
    table: Mapping[str, str] | None = None,
    on_instance: Callable[[Instance], None] = lambda instance: None,
) -> Report:
    """Return the report on a solution file.

    Beyond the family's conditions: every entry is possible in this instance, the file was made
    for it, its status leaves room for what it holds, and its gap is the one that follows from its
    objective and bound. The verifier's own searches end with the time limit, see
    `eqsolve.verify`; reading the files does not count. What the family recomputes on request only
    is named in `recheck`; `table` says how a table is read, see `open_instance`. `on_instance` is
    called with what was read, before anything is verified.

    Raises
    ------
    OptionError : the tolerance is not in [0, 1), the time limit is none, or the kind does not know
        a name in `recheck`, or a table no setting.
    FormatError : one of the files cannot be used: it is no JSON, or a field is missing, unknown or
        not of its type.
    """
    Tolerances(tolerance)  # markets of whole numbers are compared exactly and never ask for it
    limits = Limits(time=time_limit)
    require_two(instance_name, solution_name)
    instance = open_instance(instance_name, table)
    on_instance(instance)
    data, source = read_bytes(solution_name)
    document = decode(data, source)
    folder = folder_of(solution_name)
    return verify_document(instance, document, source, tolerance, Deadline(limits), folder, recheck)


def verify_document(
    instance: Instance,
    document: Any,
    source: str = "solution",
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
    folder: Path | None = None,
    recheck: Collection[str] = (),
) -> Report:
    """Return the report on the content of a solution file; `source` is its name for messages.

    The verifier's own searches obey `deadline`; archives that it refers to lie in `folder`.

    Raises
    ------
    FormatError : the document is no solution of an instance of this kind.
    """
    try:
        claimed = read_solution(document, source, instance, folder)
    except ImpossibleClaimError as error:
        entries = Check(
            "file.entries",
            "every entry is possible in this instance",
            violations=len(error.faults),
            max_violation=math.inf,
            worst=str(error.faults[0]),
        )
        return Report((entries,), tolerance)
    family = family_of(instance)
    report: Report = family.module("verify").verify(
        instance, claimed.result, tolerance=tolerance, deadline=deadline,
        **family.rechecks(recheck),
    )  # fmt: skip
    checks = [*_file_checks(claimed, instance.digest, tolerance), _options_check(claimed, family)]
    return replace(report, checks=(*report.checks, *checks))


def _options_check(claimed: SolutionFile, family: Family) -> Check:
    """Return the check that the options are some method's: they say what was asked."""
    options = claimed.result.stats.options
    reasons: list[str] = []
    for method in family.methods:
        try:
            make_method((method,), method.name, options)
            reasons = []
            break
        except OptionError as error:
            # The method that knows all the options tells best what is wrong with one of them.
            reasons.insert(0 if set(options) <= set(option_table(method)) else 1, str(error))
    return Check(
        "file.options",
        "the options are those of some method of this kind",
        violations=int(bool(reasons)),
        max_violation=math.inf if reasons else 0.0,
        worst=reasons[0] if reasons else "",
    )


def _file_checks(claimed: SolutionFile, digest: str, tolerance: float) -> list[Check]:
    """Return the checks that concern the file itself."""
    other = bool(claimed.instance_digest) and claimed.instance_digest != digest
    found = f"made for the instance {claimed.instance_digest[:12]}..., this one is {digest[:12]}..."
    checks = [
        Check(
            "file.instance",
            "the solution was made for this instance",
            violations=int(other),
            worst=found if other else "",
        )
    ]
    if claimed.contradictions:
        checks.append(
            Check(
                "file.status",
                "the status leaves room for what the file holds",
                violations=len(claimed.contradictions),
                max_violation=math.inf,
                worst=claimed.contradictions[0],
            )
        )
    certificate, bounds = claimed.result.certificate, claimed.result.bounds
    bound = math.inf if claimed.result.bound is None else claimed.result.bound
    if bounds.source is not None and math.isinf(bound):
        checks.append(
            Check(
                "file.bound-source",
                "who vouches for a bound is said where there is one",
                violations=1,
                max_violation=math.inf,
                worst=f"bound_source is {bounds.source!r}, but there is no bound",
            )
        )
    if isinstance(certificate, BoundCertificate) and math.isfinite(bound):
        allowed = tolerance * max(abs(bound), abs(certificate.bound))
        other = not abs(bound - certificate.bound) <= allowed
        checks.append(
            Check(
                "file.certificate",
                "the certificate speaks of the bound that is claimed",
                violations=int(other),
                worst=f"it speaks of {certificate.bound}, not {bound}" if other else "",
            )
        )
    gap, given = claimed.result.gap, claimed.gap
    if gap is not None or given is not None:
        wrong = gap is None or given is None or abs(gap - given) > 1e-9 * max(1.0, abs(gap))
        checks.append(
            Check(
                "file.gap",
                "the gap is |bound - objective| / max(1, |objective|)",
                violations=int(wrong),
                worst=f"gap {given} should be {gap}" if wrong else "",
            )
        )
    return checks
