"""Edit links: signed, so that nothing but a generation number has to be kept, and replaceable by raising it."""

from itsdangerous import BadSignature, URLSafeSerializer

from wall.errors import Gone, LinkSpent
from wall.model.contact import Contact


class EditLinks:
    """Signs with the newest secret, verifies with any."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._serializer = URLSafeSerializer(list(reversed(secrets)), salt="edit link")

    def token(self, card_id: str, generation: int = 1) -> str:
        return str(self._serializer.dumps([card_id, generation]))

    def read(self, token: str) -> tuple[str, int]:
        """Card and generation of a token.

        Raises:
            Gone: it was not made here or was altered; the same answer as for a card that is gone.
        """
        try:
            card_id, generation = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            raise Gone("an edit link that is not ours") from None
        return str(card_id), int(generation)


class ContactLinks:
    """The link by which a person who is named as a contact agrees, or takes it back: good for what was entered then."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._serializer = URLSafeSerializer(list(reversed(secrets)), salt="contact link")

    def token(self, contact: Contact) -> str:
        return str(self._serializer.dumps([contact.card_id, _milliseconds(contact)]))

    def names(self, token: str) -> str:
        """The card a token is for.

        Raises:
            LinkSpent: it was not made here or was altered.
        """
        return self._read(token)[0]

    def opens(self, token: str, contact: Contact | None) -> bool:
        """Whether a token was made for this very contact, and that still holds something."""
        return contact is not None and not contact.empty and self._read(token)[1] == _milliseconds(contact)

    def _read(self, token: str) -> tuple[str, int]:
        try:
            card_id, moment = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            raise LinkSpent("a contact's link that is not ours") from None
        return str(card_id), int(moment)


def _milliseconds(contact: Contact) -> int:
    return round(contact.asked_at.timestamp() * 1000)
