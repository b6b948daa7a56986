"""Signing in by password or one-time link, signing out, and one's own password."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.responses import Response

from wall.errors import LinkSpent, SignedOut, TooMany
from wall.store import people
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, actor_on, person_of, session_cookie, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, local, page, see_other, set_cookie
from wall.words import words

MIN_PASSWORD = 12
_hasher = PasswordHasher()  # argon2id with the library's current defaults
_nobody = _hasher.hash("nobody has this password")  # verified for unknown addresses too, so that time tells nothing


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_in_form(request: Request) -> Response:
    """GET /sign-in"""
    goal = local(request.query_params.get("next"), "/account")
    return page(request, "sign_in.html", email="", problem=None, next=goal)


async def sign_in(request: Request) -> Response:
    """POST /sign-in"""
    house = house_of(request)
    data = await read_form(request)
    email, password, goal = text_of(data, "email", 320), text_of(data, "password", 500), text_of(data, "next")
    try:
        spend(request, "sign-in address")
        spend(request, "sign-in", email.strip().lower())
        if wait := house.limits.spend("sign-in account", email.strip().lower()):
            raise TooMany(wait)
    except TooMany as error:  # whether there is such an account or not
        problem = words(language_of(request))("error.too_many.message")
        headers = {"retry-after": str(error.retry_after)}
        goal = local(goal, "/account")
        return page(
            request, "sign_in.html", status=error.status, headers=headers, email=email, problem=problem, next=goal
        )
    async with house.database.read() as connection:
        person = await people.person_by_email(connection, email)
    hashed = person.password if person is not None and person.password else _nobody
    right = await asyncio.to_thread(_verify, hashed, password)
    if not right or person is None or person.id is None or hashed is _nobody:
        problem = words(language_of(request))("complaint.wrong_sign_in")
        return page(request, "sign_in.html", status=422, email=email, problem=problem, next=local(goal, "/account"))
    return await _signed_in(request, person.id, local(goal, "/account"))


async def _signed_in(request: Request, person_id: int, goal: str) -> Response:
    """A new session, whatever cookie came along: nobody can be given one in advance."""
    house = house_of(request)
    token = await house.database.write(lambda connection: people.open_session(connection, person_id))
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
    token = request.path_params["token"]
    person_id = await house_of(request).database.write(lambda connection: people.use_link(connection, token))
    if person_id is None:
        spend(request, "link")
        raise LinkSpent("a one-time link that is unknown, old or spent")
    return await _signed_in(request, person_id, "/account")


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


async def _account(request: Request, status: int = 200, problem: str | None = None, saved: bool = False) -> Response:
    person = await person_of(request)
    if person is None or person.id is None:
        raise SignedOut("an account page without a session")
    async with house_of(request).database.read() as connection:
        roles = await people.roles_of(connection, person.id)
    actor, name = await actor_on(request, None)
    return page(
        request,
        "account.html",
        viewer=Viewer(actor, name),
        status=status,
        person={"email": person.email, "name": person.email, "has_password": bool(person.password)},
        roles=roles,
        problem=problem,
        saved=saved,
    )


async def account(request: Request) -> Response:
    """GET /account"""
    return await _account(request, saved="saved" in request.query_params)


async def set_password(request: Request) -> Response:
    """POST /account"""
    person = await person_of(request)
    if person is None or person.id is None:
        raise SignedOut("a password without a session")
    data = await read_form(request)
    password, again = text_of(data, "password", 500), text_of(data, "again", 500)
    t = words(language_of(request))
    if len(password) < MIN_PASSWORD:
        return await _account(request, 422, t("complaint.too_short", min=MIN_PASSWORD))
    if password != again:
        return await _account(request, 422, t("complaint.not_same"))
    person_id, hashed = person.id, await asyncio.to_thread(_hasher.hash, password)
    await house_of(request).database.write(lambda c: people.set_password(c, person_id, hashed))
    return see_other("/account?saved=1")
