"""Private links: signed, so that nothing has to be kept of them; what they open says which of them are good."""

from itsdangerous import BadSignature, Signer

from wall.errors import Gone, LinkSpent
from wall.model.contact import Contact


class EditLinks:
    """Signs with the newest secret, verifies with any; raising a card's generation makes its older links useless."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._signer = Signer(list(reversed(secrets)), salt="edit link")

    def token(self, card_id: str, generation: int = 1) -> str:
        return self._signer.sign(f"{card_id}.{generation}").decode()

    def read(self, token: str) -> tuple[str, int]:
        """Card and generation of a token.

        Raises:
            Gone: it was not made here or was altered; the same answer as for a card that is gone.
        """
        try:
            card_id, _, generation = self._signer.unsign(token).decode().rpartition(".")
            return card_id, int(generation)
        except (BadSignature, ValueError):
            raise Gone("an edit link that is not ours") from None


class ContactLinks:
    """The link by which a person who is named as a contact agrees, or takes it back: good for what was entered then."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._signer = Signer(list(reversed(secrets)), salt="contact link")

    def token(self, contact: Contact) -> str:
        return self._signer.sign(f"{contact.card_id}.{_milliseconds(contact)}").decode()

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
            card_id, _, moment = self._signer.unsign(token).decode().rpartition(".")
            return card_id, int(moment)
        except (BadSignature, ValueError):
            raise LinkSpent("a contact's link that is not ours") from None


def _milliseconds(contact: Contact) -> int:
    return round(contact.asked_at.timestamp() * 1000)
