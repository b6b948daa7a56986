"""Edit links: signed, so that nothing but a generation number has to be kept, and replaceable by raising it."""

from itsdangerous import BadSignature, Signer

from wall.errors import Gone


class EditLinks:
    """Signs with the newest secret, verifies with any."""

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
