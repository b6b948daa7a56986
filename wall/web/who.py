"""Who did it, as the team reads it: people who sign in by their address, everybody else by their role."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.store import people
from wall.words import Words


class Who:
    """Names the actors of changes in one language."""

    def __init__(self, t: Words, emails: dict[int, str]) -> None:
        self._t, self._emails = t, emails

    def __call__(self, label: str) -> str:
        """The address of somebody who signed in, else the role."""
        number = label.partition(":")[2]
        email = self._emails.get(int(number)) if number.isdecimal() else None
        return email or self.role(label)

    def role(self, label: str) -> str:
        key = f"who.{label.partition(':')[0]}"
        return self._t(key) if key in self._t else label


async def who_did(connection: AsyncConnection, t: Words, labels: Iterable[str]) -> Who:
    """Somebody who can name all of `labels`."""
    numbers = {int(number) for label in labels if (number := label.partition(":")[2]).isdecimal()}
    return Who(t, await people.emails_of(connection, numbers) if numbers else {})
