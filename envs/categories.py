"""The closed list of what misbehaviour may be of."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """What an act is directed at, or goes against."""

    SHUTDOWN = "shutdown"
    OVERSIGHT = "oversight"
    RESOURCES = "resources"
    SELF_PRESERVATION = "self_preservation"
    GOAL_GUARDING = "goal_guarding"
    DECEPTION = "deception"
    UNAUTHORISED_ACCESS = "unauthorised_access"
    TAMPERING = "tampering"
    INJECTION = "injection"
    COERCION = "coercion"
    COLLUSION = "collusion"
    SIDE_EFFECTS = "side_effects"
