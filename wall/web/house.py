"""What every page needs at hand: the settings, the database, the hub, the ledger, the templates."""

from dataclasses import dataclass
from typing import TypedDict

from starlette.requests import HTTPConnection
from starlette.requests import Request as AnyRequest
from starlette.websockets import WebSocket as AnyWebSocket

from wall.actions.ledger import Ledger
from wall.exchange.benches import Benches
from wall.exchange.intake import Intake
from wall.exchange.poster import Posters
from wall.exchange.press import Press
from wall.find.everywhere import Everywhere
from wall.find.finder import Finder
from wall.imaging.workshop import Workshop
from wall.live.frames import Frames
from wall.live.hub import Hub
from wall.mail import Mail
from wall.settings import Settings
from wall.store.database import Database
from wall.store.images import Images
from wall.web.assets import Assets
from wall.web.drawing import Drawing
from wall.web.headers import Headers
from wall.web.limits import Limits
from wall.web.links import ContactLinks, EditLinks
from wall.web.mint import Mint


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    database: Database
    hub: Hub
    ledger: Ledger
    frames: Frames
    assets: Assets
    drawing: Drawing
    edit_links: EditLinks
    contact_links: ContactLinks
    mint: Mint
    limits: Limits
    headers: Headers
    mail: Mail
    images: Images
    workshop: Workshop
    press: Press
    finder: Finder
    everywhere: Everywhere
    exports: Benches
    posters: Posters
    intake: Intake


class State(TypedDict):
    """What the lifespan hands to every request."""

    house: House


Request = AnyRequest[State]
WebSocket = AnyWebSocket[State]


def house_of(connection: HTTPConnection[State]) -> House:
    return connection.state["house"]
