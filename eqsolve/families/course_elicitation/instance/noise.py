"""Mistakes that students make in their reports, and how much of each.

A report says what single courses are worth, and how much more or less two of them are worth
together. Of student i, with the random numbers of ``Philox(SeedSequence(seed, spawn_key=(0, i)))``:

1. one standard normal number per course, times `base_sd`, is added to what the course is worth
   alone; what falls below 0 is cut off there;
2. of the courses that the student may take the lowest are forgotten, that is reported as 0: the
   share `forget_base` of them, rounded down or up by one uniform number so that it is right on
   average; of equal ones the first;
3. per member of each group in its order, then of each adjustment as a group of two, one uniform
   number: below `forget_adjustments` the member is forgotten. Forgotten courses are left out too;
4. of any two members that are left, in their order, what the student reports is the first
   increment of the group (what a second course changes, relative to base values) times a factor
   that is uniform in ``1 -+ adjustment_spread``: for a group applied to the values reported, for an
   adjustment to its amount. What is said of the same two courses twice is added up.

Source: Soumalias, E., Zamanlooy, B., Weissteiner, J. and Seuken, S. (2024). Machine
Learning-powered Course Allocation; the amounts are fitted to Budish, E. and Kessler, J. B. (2022).
Can Market Participants Report Their Preferences Accurately (Enough)? Management Science 68.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["NOISE_FIELDS", "PROFILES", "Noise"]


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of each mistake is made.

    Parameters
    ----------
    forget_base : share of the courses that are forgotten, in [0, 1].
    base_sd : standard deviation of what is added to values, in their units, >= 0.
    forget_adjustments : chance that a member of a group is forgotten, in [0, 1].
    adjustment_spread : half the range of the factor of adjustments, in [0, 1].

    Examples
    --------
    >>> PROFILES["popular9"].base_sd, PROFILES["none"].to_dict()["forget_base"]
    (23.0, 0.0)
    """

    forget_base: float
    base_sd: float
    forget_adjustments: float
    adjustment_spread: float

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files: the name of a profile, or all amounts."""
        return asdict(self)

    @property
    def word(self) -> str | None:
        """The name of the profile that this is, or None."""
        return next((name for name, profile in PROFILES.items() if profile == self), None)


NOISE_FIELDS = ("forget_base", "base_sd", "forget_adjustments", "adjustment_spread")

PROFILES: Mapping[str, Noise] = {
    "popular6": Noise(0.5, 17.0, 0.4825, 0.2),
    "popular9": Noise(0.5, 23.0, 0.48, 0.2),
    "none": Noise(0.0, 0.0, 0.0, 0.0),
}
"""Name -> amounts: with 6 and with 9 popular courses, and no mistakes at all."""
