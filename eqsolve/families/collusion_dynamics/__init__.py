"""Collusion dynamics: sellers who price with the same model, and when high prices take hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.collusion_dynamics.calibration import Calibration, calibrate
    from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
    from eqsolve.families.collusion_dynamics.payoffs import (
        logit_prices,
        payoffs_from_bertrand,
        payoffs_from_logit,
    )
    from eqsolve.families.collusion_dynamics.questions.chances import (
        EscapeTime,
        Trajectories,
        UndecidedBand,
        collusion_probability,
        escape_time,
        trajectories,
        undecided_band,
    )
    from eqsolve.families.collusion_dynamics.questions.line import (
        PhaseDiagram,
        advantage,
        critical_fidelity,
        phase_diagram,
        rest_points,
    )
    from eqsolve.families.collusion_dynamics.questions.rates import safe_rate
    from eqsolve.families.collusion_dynamics.solution import CollusionSolution

__all__ = [
    "Calibration",
    "CollusionDynamics",
    "CollusionSolution",
    "EscapeTime",
    "PhaseDiagram",
    "Trajectories",
    "UndecidedBand",
    "advantage",
    "calibrate",
    "collusion_probability",
    "critical_fidelity",
    "escape_time",
    "logit_prices",
    "payoffs_from_bertrand",
    "payoffs_from_logit",
    "phase_diagram",
    "rest_points",
    "safe_rate",
    "trajectories",
    "undecided_band",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "calibration": ("Calibration", "calibrate"),
        "instance": ("CollusionDynamics",),
        "payoffs": ("logit_prices", "payoffs_from_bertrand", "payoffs_from_logit"),
        "questions.chances": (
            "UndecidedBand",
            "EscapeTime",
            "Trajectories",
            "collusion_probability",
            "escape_time",
            "trajectories",
            "undecided_band",
        ),
        "questions.line": (
            "PhaseDiagram",
            "advantage",
            "critical_fidelity",
            "phase_diagram",
            "rest_points",
        ),
        "questions.rates": ("safe_rate",),
        "solution": ("CollusionSolution",),
    },
)
