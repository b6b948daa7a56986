"""Who acts, and what they may do."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["guest", "author", "moderator", "operator", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for a change. The journal keeps `label`: a role and, for people who sign in, their number."""

    kind: ActorKind
    person_id: int | None = None

    @property
    def label(self) -> str:
        return self.kind if self.person_id is None else f"{self.kind}:{self.person_id}"

    @property
    def moderates(self) -> bool:
        """Whether the moderators' actions are open to them."""
        return self.kind in ("moderator", "operator", "system")


GUEST = Actor("guest")
AUTHOR = Actor("author")
SYSTEM = Actor("system")
