"""Puts the house together: create_app(settings) with its routes, its lifespan and its error pages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route, WebSocketRoute

from wall.actions.bring import forgetting
from wall.actions.ledger import Ledger
from wall.actions.nightly import nightly
from wall.actions.phase import planned
from wall.errors import WallError
from wall.exchange.benches import Benches
from wall.exchange.intake import Intake
from wall.exchange.poster import Posters
from wall.exchange.press import Press
from wall.find.everywhere import Everywhere
from wall.find.finder import Finder
from wall.find.synonyms import Synonyms
from wall.imaging.workshop import Workshop
from wall.live.clock import Clock
from wall.live.envelope import Envelope
from wall.live.frames import Frames
from wall.live.hub import Hub
from wall.live.protocol import MAX_MESSAGE
from wall.live.relay import Relay, make_relay
from wall.live.server import WallWebSocket
from wall.mail import Mail
from wall.model.flags import Watch
from wall.settings import Settings
from wall.store.database import Database
from wall.store.images import Images
from wall.store.migrations import migrate
from wall.text import hyphens
from wall.web import (
    account,
    alive,
    api,
    bring,
    calendars,
    card,
    contact,
    documents,
    embed,
    erase,
    feeds,
    health,
    history,
    legal,
    live,
    meeting,
    merge,
    message,
    mine,
    moderation,
    people,
    person,
    phase,
    pictures,
    pin,
    problems,
    projector,
    proposals,
    settings,
    sign_in,
    similar,
    take,
    wall,
)
from wall.web.assets import Assets, static
from wall.web.drawing import Drawing
from wall.web.headers import Headers
from wall.web.house import House, State
from wall.web.limits import Limits
from wall.web.links import ContactLinks, EditLinks
from wall.web.middleware import Bare, Door
from wall.web.mint import Mint

WALL = "/w/{wall}"
EXPORTS, EXPORTS_WAITING = 2, 40  # files that are made at once, and that may wait for it

ROUTES = [
    Route(WALL + "/pin", Bare(pin.pin), methods=["POST"]),  # the busiest first: each one passed takes its time
    Route(WALL, wall.wall),
    Route("/", wall.start),
    Route("/static/{path:path}", static),
    Route("/sw.js", legal.service_worker),
    Route("/manifest.webmanifest", legal.manifest),
    Route("/offline", legal.offline),
    Route("/language", legal.language, methods=["POST"]),
    *(Route(f"/{kind}", legal.legal) for kind in legal.KINDS),
    Route("/healthz", health.alive),
    Route("/readyz", health.ready),
    Route("/sign-in", sign_in.sign_in_form),
    Route("/sign-in", sign_in.sign_in, methods=["POST"]),
    Route("/sign-in/code", sign_in.code_form),
    Route("/sign-in/code", sign_in.use_code, methods=["POST"]),
    Route("/sign-in/{token}", sign_in.link_form),
    Route("/sign-in/{token}", sign_in.use_link, methods=["POST"]),
    Route("/sign-out", sign_in.sign_out, methods=["POST"]),
    Route("/account", account.account),
    Route("/account", account.set_password, methods=["POST"]),
    Route("/account/sessions", account.end_session, methods=["POST"]),
    Route("/account/second", account.second),
    Route("/account/second", account.begin_second, methods=["POST"]),
    Route("/account/second/end", account.end_second, methods=["POST"]),
    Route("/people", people.show),
    Route("/people", people.invite, methods=["POST"]),
    Route("/people/{person}/{verb}", people.decide, methods=["POST"]),
    Route("/mine/{token}", pin.mine),
    Route("/mine/{token}", pin.change, methods=["POST"]),
    Route("/mine/{token}/withdraw", pin.withdraw, methods=["POST"]),
    Route("/mine/{token}/image", pictures.my_form),
    Route("/mine/{token}/image", pictures.my_take, methods=["POST"]),
    Route("/mine/{token}/image/{name}/{file}", pictures.my_file),
    Route("/mine/{token}/send", mine.send_link, methods=["POST"]),
    Route("/mine/{token}/contact", contact.mine, methods=["GET", "POST"]),
    Route("/person", person.of_house, methods=["GET", "POST"]),
    Route("/contact", contact.forgotten),
    Route("/contact/{token}", contact.person),
    Route("/contact/{token}", contact.answer, methods=["POST"]),
    Route("/mine/{token}/erase", erase.mine, methods=["POST"]),
    Route("/alive/{token}", alive.question),
    Route("/alive/{token}", alive.answer, methods=["POST"]),
    Route("/api", api.read),
    Route("/api/openapi.json", api.openapi),
    Route("/api/walls", api.walls),
    Route("/api/walls/{wall}", api.wall),
    Route("/api/walls/{wall}/cards", api.cards),
    Route("/api/walls/{wall}/cards", api.add_card, methods=["POST"]),
    Route("/api/walls/{wall}/cards/{card}", api.card),
    Route("/api/walls/{wall}/changes", api.changes),
    Route(WALL + "/info", wall.info),
    # To take away
    Route(WALL + "/take", take.show),
    Route(WALL + "/take/{kind}", take.file),
    Route(WALL + "/feed.atom", feeds.feed),
    Route(WALL + "/embed", embed.embed),
    Route(WALL + "/poster.png", feeds.wall_poster),
    Route(WALL + "/c/{card}/poster.png", feeds.card_poster),
    Route("/oembed", feeds.oembed),
    Route("/sitemap.xml", feeds.site),
    Route("/sitemap-{part:int}.xml", feeds.site_part),
    Route("/robots.txt", feeds.robots),
    Route(WALL + "/documentation.pdf", documents.document),
    Route(WALL + "/cards.pdf", documents.document),
    *(Route(f"{WALL}/{kind}", legal.legal) for kind in legal.KINDS),
    Route(WALL + "/pin", pin.form),
    Route(WALL + "/similar", similar.similar),
    Route(WALL + "/meeting", meeting.understand),
    Route(WALL + "/projector", projector.projector),
    Route(WALL + "/queue", moderation.queue),
    Route(WALL + "/queue", moderation.decide_all, methods=["POST"]),
    Route(WALL + "/undo", moderation.undo, methods=["POST"]),
    Route(WALL + "/stale", alive.stale),
    Route(WALL + "/stale", alive.decide, methods=["POST"]),
    Route(WALL + "/phase", phase.show),
    Route(WALL + "/phase", phase.change, methods=["POST"]),
    Route(WALL + "/phase/plan", phase.plan, methods=["POST"]),
    Route(WALL + "/publish", phase.checklist),
    Route(WALL + "/publish", phase.publish, methods=["POST"]),
    Route(WALL + "/history", history.history),
    Route(WALL + "/history/compare", history.compare),
    Route(WALL + "/history/keep", history.keep, methods=["POST"]),
    Route(WALL + "/history/restore", history.restore, methods=["POST"]),
    Route(WALL + "/people", people.show),
    Route(WALL + "/people", people.invite, methods=["POST"]),
    Route(WALL + "/people/{person}/{verb}", people.decide, methods=["POST"]),
    Route(WALL + "/settings", settings.show),
    Route(WALL + "/settings", settings.save, methods=["POST"]),
    Route(WALL + "/import", bring.form),
    Route(WALL + "/import", bring.send, methods=["POST"]),
    Route(WALL + "/import/{upload}", bring.show),
    Route(WALL + "/import/{upload}", bring.go_on, methods=["POST"]),
    Route(WALL + "/calendar", wall.calendar),
    Route(WALL + "/calendar.ics", calendars.of_wall),
    Route(WALL + "/c/{card}.ics", calendars.of_card),
    Route(WALL + "/c/{card}", card.card),
    Route(WALL + "/c/{card}/image", pictures.form),
    Route(WALL + "/c/{card}/image", pictures.take, methods=["POST"]),
    Route(WALL + "/c/{card}/image/{name}/{file}", pictures.file),
    Route(WALL + "/c/{card}/merge", merge.form),
    Route(WALL + "/c/{card}/merge", merge.unite, methods=["POST"]),
    Route(WALL + "/c/{card}/history", history.history),
    Route(WALL + "/c/{card}/edit", moderation.edit_form),
    Route(WALL + "/c/{card}/edit", moderation.edit, methods=["POST"]),
    Route(WALL + "/c/{card}/erase", erase.card, methods=["POST"]),
    Route(WALL + "/c/{card}/suggest", proposals.suggestion_form),
    Route(WALL + "/c/{card}/suggest", proposals.suggest, methods=["POST"]),
    Route(WALL + "/c/{card}/report", proposals.report, methods=["GET", "POST"]),
    Route(WALL + "/c/{card}/thanks", proposals.thanks),
    Route(WALL + "/person", person.of_wall, methods=["GET", "POST"]),
    Route(WALL + "/proposals/{proposal}", proposals.compare),
    Route(WALL + "/proposals/{proposal}", proposals.decide, methods=["POST"]),
    Route(WALL + "/c/{card}/contact", contact.of_card, methods=["GET", "POST"]),
    Route(WALL + "/c/{card}/message", message.show),
    Route(WALL + "/c/{card}/message", message.send, methods=["POST"]),
    Route(WALL + "/erased", erase.done),
    Route(WALL + "/c/{card}/{verb}", moderation.decide, methods=["POST"]),
    WebSocketRoute(WALL + "/live", live.live),
]


def create_app(configuration: Settings, relay: Relay | None = None) -> Door:
    """The ASGI application. Its database and relay open with the lifespan and close with it.

    Raises:
        Misconfigured: the settings are unsafe or cannot work.
    """
    configuration.check()
    assets = Assets()
    watch = Watch(configuration.hints.read_text("utf-8").splitlines() if configuration.hints.is_file() else ())
    synonyms = Synonyms(
        configuration.synonyms.read_text("utf-8").splitlines() if configuration.synonyms.is_file() else ()
    )
    drawing = Drawing(assets, configuration.base_url, watch)
    posters = Posters()

    def forget(card_id: str) -> None:
        drawing.forget(card_id)
        posters.forget(card_id)

    frames = Frames(drawing.card, assets.release, forget)
    images = Images(configuration.images_url)
    headers = Headers(configuration, assets.importmap_hash)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        database = Database(configuration.database_url)
        try:
            await migrate(database)
            await asyncio.to_thread(hyphens, "de")  # now, so that the first page need not wait for it
            hub = Hub(database, relay or make_relay(configuration.redis_url), frames, Envelope(configuration.secrets))
            ledger = Ledger(database, hub.publish, configuration.snapshot_every, watch, images)
            secrets = configuration.secrets
            links = EditLinks(secrets), ContactLinks(secrets), Mint(secrets)
            limits = Limits(secrets[0], configuration.rate_limits, configuration.redis_url)
            phases = planned(ledger, lambda: bool(configuration.legal_text("impressum")))
            mail = Mail(configuration)
            clock = Clock(database, nightly(ledger, mail, configuration.base_url), [phases, forgetting(database)])
            intake, press = Intake(), Press()
            async with (
                mail.running(),
                limits.sharing(),
                hub.running(),
                clock.running(),
                intake.running(),
                press.running(),
            ):
                house = House(
                    *(configuration, database, hub, ledger, frames, assets, drawing, *links, limits, headers, mail),
                    *(images, Workshop(), press, Finder(synonyms), Everywhere(synonyms)),
                    *(Benches(EXPORTS, EXPORTS_WAITING), posters, intake),
                )
                app.state.house = house
                yield {"house": house}
        finally:
            await database.close()

    app = Starlette(
        debug=configuration.debug,
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers={
            WallError: problems.on_wall_error,
            HTTPException: problems.on_http_error,
            ClientDisconnect: problems.on_disconnect,
            Exception: problems.on_anything,
        },
    )
    return Door(app, configuration, headers)


def server_options(configuration: Settings) -> dict[str, Any]:
    """How uvicorn has to serve the application."""
    return {
        "host": configuration.host,
        "port": configuration.port,
        "ws": WallWebSocket,
        "ws_max_size": MAX_MESSAGE,
        "ws_ping_interval": 30.0,
        "ws_ping_timeout": 30.0,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": bool(configuration.trusted_proxies),
        "forwarded_allow_ips": configuration.trusted_proxies or None,
        "timeout_graceful_shutdown": 10,
    }
