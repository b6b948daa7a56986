"""Domain errors; each knows its HTTP status and the code its message is written under in wall/words."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


class WallError(Exception):
    """What went wrong, in terms a person can act on; the words are `error.<code>.title` and `.message`."""

    status = 500
    code = "broken"
    retry_after: int | None = None


class BadRequest(WallError):
    status, code = 400, "bad_request"


class BadHost(WallError):
    status, code = 400, "bad_host"


class SignedOut(WallError):
    status, code = 401, "signed_out"


class Forbidden(WallError):
    status, code = 403, "forbidden"


class CrossSite(WallError):
    status, code = 403, "cross_site"


class NotFound(WallError):
    status, code = 404, "not_found"


class Gone(WallError):
    status, code = 410, "gone"


class LinkSpent(WallError):
    """A one-time link that is unknown, old or used: one answer for all three."""

    status, code = 410, "link_spent"


class KeyReused(WallError):
    """The same idempotency key came with other words."""

    status, code = 409, "key_reused"


class TooSlow(WallError):
    """A body that did not come in time."""

    status, code = 408, "too_slow"


class LooksLike(WallError):
    """Cards of this very name hang already; whoever means another network says so and sends it again."""

    status, code = 409, "looks_like"

    def __init__(self, card_ids: Sequence[str]) -> None:
        super().__init__(", ".join(card_ids))
        self.card_ids = list(card_ids)


class TooLarge(WallError):
    status, code = 413, "too_large"


class Unsupported(WallError):
    """A file that is no picture of a kind we take."""

    status, code = 415, "unsupported"


class Frozen(WallError):
    status, code = 423, "frozen"


class Finished(Frozen):
    """The wall is archived: it will take nothing any more."""

    code = "finished"


class NoImprint(WallError):
    """A wall without an imprint is not published."""

    status, code = 409, "no_imprint"


class TooMany(WallError):
    """More than is allowed in this time."""

    status, code = 429, "too_many"

    def __init__(self, wait: int) -> None:
        super().__init__(f"{wait} s to wait")
        self.retry_after = wait


class QueueFull(WallError):
    """So many cards wait for a moderator that another would not be looked at."""

    status, code, retry_after = 429, "queue_full", 300


class Unavailable(WallError):
    """The database cannot answer now; nothing was stored."""

    status, code, retry_after = 503, "unavailable", 5


class LastOne(WallError):
    """Nobody would be left who could give this right again."""

    status, code = 409, "last_one"


class NoMail(WallError):
    """What was asked for needs e-mail, and no mail server is set."""

    status, code = 409, "no_mail"


class Undeliverable(WallError):
    """An e-mail to this address cannot be delivered."""

    status, code = 422, "undeliverable"


@dataclasses.dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with one field: `code` names the sentence `complaint.<code>`, `params` fill it."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Invalid(WallError):
    """Words that cannot be taken as they are."""

    status, code = 422, "invalid"

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__(", ".join(f"{c.field}: {c.code}" for c in complaints))
        self.complaints = complaints


class Conflict(WallError):
    """Somebody else changed the same fields in between: `theirs` is what stands now in them, at `revision`.

    `merged` is the whole content as it would be if the later words won, with everything else as it stands.
    """

    status, code = 409, "conflict"

    def __init__(
        self, theirs: Mapping[str, Any] | None = None, merged: Mapping[str, Any] | None = None, revision: int = 0
    ) -> None:
        super().__init__(", ".join(theirs or ()))
        self.theirs, self.merged, self.revision = dict(theirs or {}), dict(merged or {}), revision


class Misconfigured(Exception):
    """A setting that the server refuses to start with."""
