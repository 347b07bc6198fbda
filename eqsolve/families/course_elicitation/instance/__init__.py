"""The instance of course elicitation and its parts.

``elicitation`` is the instance, ``noise`` the mistakes in reports, ``answerers`` who answers,
``learners`` what learns, ``script`` what models are asked, ``reading`` checks what files say.
"""

from __future__ import annotations

from eqsolve.families.course_elicitation.instance.answerers import (
    RULES,
    Answerer,
    Chat,
    Comparison,
    Function,
    Noisy,
    Truthful,
)
from eqsolve.families.course_elicitation.instance.elicitation import (
    ACQUISITIONS,
    EQUILIBRIA,
    MECHANISMS,
    CourseElicitation,
    Pair,
    with_utilities,
)
from eqsolve.families.course_elicitation.instance.learners import (
    LEARNERS,
    Bayes,
    Learner,
    Logistic,
    Mvnn,
)
from eqsolve.families.course_elicitation.instance.noise import NOISE_FIELDS, PROFILES, Noise

__all__ = [
    "ACQUISITIONS",
    "EQUILIBRIA",
    "LEARNERS",
    "MECHANISMS",
    "NOISE_FIELDS",
    "PROFILES",
    "RULES",
    "Answerer",
    "Bayes",
    "Chat",
    "Comparison",
    "CourseElicitation",
    "Function",
    "Learner",
    "Logistic",
    "Mvnn",
    "Noise",
    "Noisy",
    "Pair",
    "Truthful",
    "with_utilities",
]
