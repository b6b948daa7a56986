"""One's own account: the walls one looks after, the password, the second step, and where one is signed in."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from wall.actions import second_step
from wall.errors import NotFound, SignedOut
from wall.model.person import Person, Session
from wall.model.second_step import address_of, secret_of
from wall.model.types import now
from wall.store import people, second_steps
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, actor_on, person_of, session_cookie, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page, see_other
from wall.web.passwords import MIN_PASSWORD, hashed, is_right
from wall.words import Words, words

FRESH = timedelta(minutes=15)  # who signed in just now need not say the old password: that is how one is replaced
HANDLE = 16  # letters of a session's digest that name it in a form


class Owner(NamedTuple):
    """Who is signed in, and the digest of the session they came with."""

    person: Person
    number: int
    session: str


async def _owner(request: Request) -> Owner:
    """Whose account it is.

    Raises:
        SignedOut: nobody is signed in.
    """
    person = await person_of(request)
    if person is None or person.id is None:
        raise SignedOut("an account without a session")
    token = request.cookies[session_cookie(house_of(request).settings)]
    return Owner(person, person.id, people.digest(token))


def _is_fresh(sessions: list[Session], digest: str) -> bool:
    mine = next((session for session in sessions if session.digest == digest), None)
    return mine is not None and now() - mine.created_at < FRESH


async def _shown(request: Request, owner: Owner, *, problem: str | None = None, wrong: str = "") -> Response:
    """The page; `wrong` names the part that the problem belongs to."""
    async with house_of(request).database.read() as connection:
        roles = await people.roles_of(connection, owner.number)
        sessions = await people.sessions_of(connection, owner.number)
        step = await second_steps.of_person(connection, owner.number)
        codes = await second_steps.codes_left(connection, owner.number)
    actor, name = await actor_on(request, None)
    t = words(language_of(request))
    done = f"account_done.{request.query_params.get('done', '')}"
    return page(
        request,
        "account.html",
        viewer=Viewer(actor, name),
        status=422 if problem else 200,
        email=owner.person.email,
        has_password=bool(owner.person.password),
        fresh=_is_fresh(sessions, owner.session),
        roles=roles,
        sessions=[(session.digest[:HANDLE], session, session.digest == owner.session) for session in sessions],
        second=step is not None and step.confirmed_at is not None,
        codes=codes,
        problem=problem,
        wrong=wrong,
        said=t(done) if done in t else "",
    )


async def account(request: Request) -> Response:
    """GET /account"""
    return await _shown(request, await _owner(request))


async def set_password(request: Request) -> Response:
    """POST /account — a new password ends the sessions on other devices."""
    owner = await _owner(request)
    house, t, data = house_of(request), words(language_of(request)), await read_form(request)
    password, again = text_of(data, "password", 500), text_of(data, "again", 500)
    async with house.database.read() as connection:
        fresh = _is_fresh(await people.sessions_of(connection, owner.number), owner.session)
    problem = None
    if len(password) < MIN_PASSWORD:
        problem = t("complaint.too_short", min=MIN_PASSWORD)
    elif password != again:
        problem = t("complaint.not_same")
    elif owner.person.password and not fresh:
        spend(request, "sign-in", owner.person.email)
        if not await is_right(owner.person.password, text_of(data, "current", 500)):
            problem = t("account.wrong_password")
    if problem is not None:
        return await _shown(request, owner, problem=problem, wrong="password")
    kept = await hashed(password)

    async def job(connection: AsyncConnection) -> None:
        await people.set_password(connection, owner.number, kept)
        await people.end_sessions(connection, owner.number, but=owner.session)

    await house.database.write(job)
    house.hub.rights_changed()
    return see_other("/account?done=password")


async def end_session(request: Request) -> Response:
    """POST /account/sessions — end the one session that is named, or all others."""
    owner, house = await _owner(request), house_of(request)
    which = text_of(await read_form(request), "which", HANDLE)
    if which != "others" and not (len(which) == HANDLE and which.isalnum()):
        raise NotFound(f"no session {which!r}")
    named = {"but": owner.session} if which == "others" else {"only": which}
    await house.database.write(lambda connection: people.end_sessions(connection, owner.number, **named))
    house.hub.rights_changed()
    return see_other("/account?done=sessions")


async def second(request: Request) -> Response:
    """GET /account/second — what the app has to know, as a picture and in letters, once it was begun."""
    return await _second(request, await _owner(request))


async def _second(request: Request, owner: Owner, problem: str | None = None) -> Response:
    house, t = house_of(request), words(language_of(request))
    async with house.database.read() as connection:
        step = await second_steps.of_person(connection, owner.number)
    if step is None or step.confirmed_at is not None:
        return see_other("/account")
    secret = secret_of(step.seed, house.settings.secrets[0])
    actor, name = await actor_on(request, None)
    return page(
        request,
        "second.html",
        viewer=Viewer(actor, name),
        status=422 if problem else 200,
        address=address_of(secret, owner.person.email, t("name")),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        problem=problem,
    )


async def begin_second(request: Request) -> Response:
    """POST /account/second — begin, or with a first code turn it on and show the recovery codes this once."""
    owner, house = await _owner(request), house_of(request)
    t = words(language_of(request))
    data = await read_form(request)
    if "code" not in data:
        await second_step.begin(house.database, owner.number)
        return see_other("/account/second")
    code = text_of(data, "code", 20)
    codes = await second_step.confirm(house.database, house.settings.secrets, owner.number, code)
    if codes is None:
        return await _second(request, owner, t("second.wrong"))
    other = {"but": owner.session}
    await house.database.write(lambda connection: people.end_sessions(connection, owner.number, **other))
    house.hub.rights_changed()
    actor, name = await actor_on(request, None)
    return page(request, "second_codes.html", viewer=Viewer(actor, name), codes=codes)


async def end_second(request: Request) -> Response:
    """POST /account/second/end — with the password, a code or a recovery code."""
    owner, house = await _owner(request), house_of(request)
    t = words(language_of(request))
    spend(request, "sign-in", owner.person.email)
    proof = text_of(await read_form(request), "proof", 500)
    outcome = "right" if await is_right(owner.person.password, proof) else ""
    if not outcome:
        outcome = await second_step.check(house.database, house.settings.secrets, owner.number, proof)
    if outcome != "right":
        return await _shown(request, owner, problem=_why(t, outcome), wrong="second")
    await second_step.end(house.database, owner.number)
    return see_other("/account?done=second_off")


def _why(t: Words, outcome: str) -> str:
    return t("second.wait" if outcome == "wait" else "second.wrong_proof")
