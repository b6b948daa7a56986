"""Who acts, and what they may do: the one table of roles and rights that pages, sockets and actions go by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

ActorKind = Literal["guest", "author", "moderator", "owner", "operator", "system"]
Role = Literal["moderator", "owner", "operator"]

Right = Literal[
    "moderate",  # approve, reject, edit, hide, move, merge, undo
    "see_contacts",  # what is for organisers only
    "erase",  # for good
    "history",  # every change of the wall, the wall as it was, named states
    "publish",  # the wall's phase: freeze, open, publish, archive
    "configure",  # every other setting
    "restore",  # put the wall back to a snapshot
    "people",  # invite, change a role, take one away
    "operate",  # the instance: other operators, every wall
]
RIGHTS: dict[ActorKind, frozenset[Right]] = {
    "guest": frozenset(),
    "author": frozenset(),
    "moderator": frozenset({"moderate", "see_contacts", "erase", "history", "publish"}),
    "owner": frozenset(get_args(Right)) - {"operate"},
    "operator": frozenset(get_args(Right)),
    "system": frozenset(get_args(Right)),
}
OF_A_SECTION = frozenset[Right]({"moderate", "see_contacts", "erase"})  # each in the sections of the role only


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for a change. The journal keeps `label`: a role and, for people who sign in, their number.

    `sections` limits a moderator to some sections of the wall; None is all of them.
    """

    kind: ActorKind
    person_id: int | None = None
    sections: frozenset[str] | None = None

    @property
    def label(self) -> str:
        return self.kind if self.person_id is None else f"{self.kind}:{self.person_id}"

    @property
    def moderates(self) -> bool:
        """Whether the moderators' actions are open to them at all; on one card ask `moderates_in`."""
        return self.may("moderate")

    def moderates_in(self, section: str) -> bool:
        """Whether they moderate the cards of this section."""
        return self.may("moderate", section)

    def may(self, right: Right, section: str | None = None) -> bool:
        """Whether they have a right: in this section, or without one anywhere on the wall."""
        if right not in RIGHTS[self.kind]:
            return False
        if self.sections is None:
            return True
        return right in OF_A_SECTION and (section is None or section in self.sections)


GUEST = Actor("guest")
AUTHOR = Actor("author")
SYSTEM = Actor("system")


def actor_with(role: Role, person_id: int, sections: Iterable[str] | None = None) -> Actor:
    """The actor that a role makes of a person; only moderators are limited to sections."""
    limited = frozenset(sections) if sections is not None and role == "moderator" else None
    return Actor(role, person_id, limited)
