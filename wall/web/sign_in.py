"""Signing in by password or by e-mail link, with a code where somebody asks for it, and signing out."""

import structlog
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.background import BackgroundTask
from starlette.responses import Response

from wall.actions import second_step
from wall.errors import LinkSpent, NoMail, TooMany, WallError
from wall.model.person import Person
from wall.settings import Settings
from wall.store import people, second_steps
from wall.text import address_of
from wall.web.devices import device_of
from wall.web.forms import read_form, text_of
from wall.web.guard import session_cookie, spend
from wall.web.house import House, Request, house_of
from wall.web.pages import language_of, local, page, see_other, set_cookie
from wall.web.passwords import is_right
from wall.words import words

TICKET_LASTS = 600  # seconds between password or link and code
HOME = "/account"
log = structlog.get_logger(__name__)


async def sign_in_form(request: Request) -> Response:
    """GET /sign-in"""
    return _form(request, next=local(request.query_params.get("next"), HOME))


def _form(request: Request, *, email: str = "", problem: str | None = None, next: str, status: int = 200) -> Response:
    ready = house_of(request).mail.ready
    return page(request, "sign_in.html", status=status, email=email, problem=problem, next=next, mail=ready)


async def sign_in(request: Request) -> Response:
    """POST /sign-in — by password, or with `how=link` by a link sent to the address."""
    house, t = house_of(request), words(language_of(request))
    data = await read_form(request)
    email, password = text_of(data, "email", 320).strip(), text_of(data, "password", 500)
    goal = local(text_of(data, "next"), HOME)
    try:
        spend(request, "sign-in address")
        spend(request, "sign-in", email.lower())
        if wait := house.limits.spend("sign-in account", email.lower()):
            raise TooMany(wait)
    except TooMany as error:  # whether there is such an account or not
        answer = _form(request, email=email, problem=t("error.too_many.message"), next=goal, status=error.status)
        answer.headers["retry-after"] = str(error.retry_after)
        return answer
    if text_of(data, "how") == "link":
        return _link_sent(request, email, goal)
    async with house.database.read() as connection:
        person = await people.person_by_email(connection, email)
    if not await is_right(person.password if person is not None else "", password) or person is None:
        return _form(request, email=email, problem=t("complaint.wrong_sign_in"), next=goal, status=422)
    return await _recognised(request, person, goal)


def _link_sent(request: Request, email: str, goal: str) -> Response:
    """Say that a link is on its way, and only then see whether there is such a person: time tells nothing.

    Raises:
        NoMail: no mail server is set; the same for every address.
    """
    house, language = house_of(request), language_of(request)
    if not house.mail.ready:
        raise NoMail("sign-in links need SMTP_URL")
    address = address_of(email)
    if not address:
        problem = words(language)("complaint.not_an_address")
        return _form(request, email=email, problem=problem, next=goal, status=422)
    answer = page(request, "sign_in_sent.html", email=email)
    answer.background = BackgroundTask(_send_link, house, address, language, goal)
    return answer


async def _send_link(house: House, email: str, language: str, goal: str) -> None:
    try:
        token = await house.database.write(lambda connection: people.new_sign_in_link(connection, email))
    except WallError as error:
        log.error("sign_in.link_failed", why=type(error).__name__)
        return
    if token is not None:
        query = "" if goal == HOME else f"?next={goal}"
        link = f"{house.settings.base_url.rstrip('/')}/sign-in/{token}{query}"
        house.mail.post(email, "sign_in", language, link=link)


async def _recognised(request: Request, person: Person, goal: str) -> Response:
    """A session, or first the question for a code."""
    assert person.id is not None
    house = house_of(request)
    async with house.database.read() as connection:
        step = await second_steps.of_person(connection, person.id)
    if step is None or step.confirmed_at is None:
        return await _signed_in(request, person.id, goal)
    answer = see_other("/sign-in/code")
    ticket = _tickets(house.settings).dumps([person.id, goal, _mark(person)])
    name, secure = _ticket_cookie(house.settings), house.settings.secure
    set_cookie(answer, name, str(ticket), secure=secure, max_age=TICKET_LASTS)
    return answer


def _tickets(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(reversed(settings.secrets)), salt="second step")


def _ticket_cookie(settings: Settings) -> str:
    return session_cookie(settings).replace("session", "second")


def _mark(person: Person) -> str:
    """Changes with the password, so that a ticket does not outlive it."""
    return people.digest(person.password)[:12]


async def _ticket(request: Request) -> tuple[int, str] | None:
    """Who passed the first step on this device just now, and where they want to go."""
    house = house_of(request)
    raw = request.cookies.get(_ticket_cookie(house.settings), "")
    try:
        person_id, goal, mark = _tickets(house.settings).loads(raw, max_age=TICKET_LASTS)
    except (BadData, ValueError, TypeError):
        return None
    async with house.database.read() as connection:
        person = await people.person_by_id(connection, int(person_id))
    return (int(person_id), str(goal)) if person is not None and _mark(person) == mark else None


async def code_form(request: Request) -> Response:
    """GET /sign-in/code"""
    if await _ticket(request) is None:
        return see_other("/sign-in")
    return page(request, "sign_in_code.html", problem=None)


async def use_code(request: Request) -> Response:
    """POST /sign-in/code"""
    house, t = house_of(request), words(language_of(request))
    ticket = await _ticket(request)
    if ticket is None:
        return see_other("/sign-in")
    person_id, goal = ticket
    spend(request, "sign-in address")
    code = text_of(await read_form(request), "code", 60)
    outcome = await second_step.check(house.database, house.settings.secrets, person_id, code)
    if outcome == "right":
        answer = await _signed_in(request, person_id, local(goal, HOME))
        name, secure = _ticket_cookie(house.settings), house.settings.secure
        answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
        return answer
    status = 429 if outcome == "wait" else 422
    return page(request, "sign_in_code.html", status=status, problem=t(f"second.{outcome}"))


async def _signed_in(request: Request, person_id: int, goal: str) -> Response:
    """A new session, whatever cookie came along: nobody can be given one in advance."""
    house, device = house_of(request), device_of(request.headers.get("user-agent", "")[:400])
    token = await house.database.write(lambda connection: people.open_session(connection, person_id, device))
    response = see_other(goal)
    name, secure = session_cookie(house.settings), house.settings.secure
    set_cookie(response, name, token, secure=secure, max_age=int(people.SESSION_LASTS.total_seconds()))
    return response


async def link_form(request: Request) -> Response:
    """GET /sign-in/{token} — only a button, since mail scanners open links too."""
    async with house_of(request).database.read() as connection:
        good = await people.link_is_open(connection, request.path_params["token"])
    if not good:
        spend(request, "link")
        raise LinkSpent("a one-time link that is unknown, old or spent")
    return page(request, "sign_in_link.html")


async def use_link(request: Request) -> Response:
    """POST /sign-in/{token}"""
    house, token = house_of(request), request.path_params["token"]
    person_id = await house.database.write(lambda connection: people.use_link(connection, token))
    if person_id is None:
        spend(request, "link")
        raise LinkSpent("a one-time link that is unknown, old or spent")
    async with house.database.read() as connection:
        person = await people.person_by_id(connection, person_id)
    if person is None:
        raise LinkSpent("a link to somebody who is gone")
    return await _recognised(request, person, local(request.query_params.get("next"), HOME))


async def sign_out(request: Request) -> Response:
    """POST /sign-out"""
    house = house_of(request)
    token = request.cookies.get(session_cookie(house.settings))
    if token:
        await house.database.write(lambda connection: people.close_session(connection, token))
        house.hub.rights_changed()
    response = see_other("/")
    response.delete_cookie(session_cookie(house.settings), path="/", secure=house.settings.secure, httponly=True)
    return response
