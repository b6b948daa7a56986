"""Which kept states of a wall are one too many: the older they are, the further apart they may lie."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wall.model.change import Snapshot
from wall.model.types import ZONE

ALL_OF = timedelta(days=7)
ONE_A_DAY = timedelta(days=60)  # then one a month


def too_many(kept: Sequence[Snapshot], moment: datetime) -> list[int]:
    """The numbers of one wall's snapshots that may go at `moment`.

    What stays: every one of the last seven days, the last of each day for sixty, the last of each month for ever; and
    always those with a name and the first of each epoch, without which nobody could tell what the epoch began with.
    """
    stays: dict[object, int | None] = {}
    for snapshot in sorted(kept, key=lambda each: each.id or 0):
        age, day = moment - snapshot.at, snapshot.at.astimezone(ZONE).date()
        stays.setdefault(("epoch", snapshot.epoch), snapshot.id)
        if snapshot.name or age < ALL_OF:
            stays["always", snapshot.id] = snapshot.id
        elif age < ONE_A_DAY:
            stays["day", day] = snapshot.id
        stays["month", day.year, day.month] = snapshot.id
    staying = set(stays.values())
    return [each.id for each in kept if each.id is not None and each.id not in staying]
