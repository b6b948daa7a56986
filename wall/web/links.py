"""Edit links: signed, so that nothing but a generation number has to be kept, and replaceable by raising it."""

from itsdangerous import BadSignature, URLSafeSerializer

from wall.errors import Gone


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
