"""Who looks after a wall, or the whole instance: the list, invitations, other roles, taking one away."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from wall.actions import people as acts
from wall.errors import Invalid, LastOne, NoMail, NotFound, Undeliverable
from wall.model.wall import Wall
from wall.store import people
from wall.web.forms import read_form, text_of, texts_of
from wall.web.guard import Viewer, actor_on, enter_with, require
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page, see_other
from wall.words import words

VERBS = ("change", "again", "revoke")


@dataclass(slots=True)
class Written:
    """What was written into the form of an invitation."""

    email: str = ""
    role: str = "moderator"
    sections: Sequence[str] = ()
    wrong: dict[str, str] = field(default_factory=dict)


async def _enter(request: Request) -> tuple[Wall | None, Viewer, str]:
    """The wall (None: the instance), who manages its people, and the address of its page.

    Raises:
        SignedOut, Forbidden, NotFound: it is not for this viewer.
    """
    slug = request.path_params.get("wall")
    if slug is None:
        actor, name = await actor_on(request, None)
        require(request, actor, "operate")
        return None, Viewer(actor, name), "/people"
    room, viewer = await enter_with(request, slug, "people")
    return room.board.wall, viewer, f"/w/{slug}/people"


async def show(request: Request) -> Response:
    """GET /people, GET /w/{wall}/people"""
    wall, viewer, here = await _enter(request)
    return await _shown(request, wall, viewer, here, Written())


async def _shown(
    request: Request,
    wall: Wall | None,
    viewer: Viewer,
    here: str,
    written: Written,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    house, t = house_of(request), words(language_of(request, wall))
    async with house.database.read() as connection:
        team = await people.team(connection, None if wall is None else wall.key)
    asked = request.query_params
    said = f"people_done.{asked.get('done', '')}"
    return page(
        request,
        "people.html",
        viewer=viewer,
        wall=wall,
        status=status,
        here=here,
        team=team,
        names={section.id: section.name for section in wall.sections} if wall is not None else {},
        roles=acts.ON_A_WALL if wall is not None else ("operator",),
        written=written,
        problem=problem,
        said=t(said) if said in t else "",
        mail=house.mail.ready,
    )


async def invite(request: Request) -> Response:
    """POST /people, POST /w/{wall}/people"""
    wall, viewer, here = await _enter(request)
    house, t, data = house_of(request), words(language_of(request, wall)), await read_form(request)
    role = text_of(data, "role", 20) or ("operator" if wall is None else "moderator")
    written = Written(text_of(data, "email", 320), role, texts_of(data, "sections"))
    if not house.mail.ready:
        raise NoMail("invitations need SMTP_URL; `wall invite` prints a link")
    try:
        invited = await acts.invite(house.database, wall, written.email, role, written.sections, viewer.actor)
        house.hub.rights_changed()  # somebody who had another role here has this one now
        sent = await _send(request, wall, invited, role)
    except Invalid as error:
        written.wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in error.complaints}
        return await _shown(request, wall, viewer, here, written, status=error.status)
    except Undeliverable as error:
        written.wrong = {"email": t("error.undeliverable.message")}
        return await _shown(request, wall, viewer, here, written, status=error.status)
    except LastOne as error:
        problem = t("error.last_one.message")
        return await _shown(request, wall, viewer, here, written, problem, error.status)
    return see_other(f"{here}?done={'invited' if sent else 'on_its_way'}")


async def _send(request: Request, wall: Wall | None, invited: acts.Invited, role: str) -> bool:
    """Write to somebody who was invited, in the wall's language; whether the mail server has it already."""
    house = house_of(request)
    language = language_of(request) if wall is None else wall.language
    goal = "" if wall is None else f"?next=/w/{wall.slug}/queue"
    return await house.mail.send(
        invited.email,
        f"invitation_{role}",
        language,
        address="sie" if wall is None else wall.address,
        wall=words(language)("name") if wall is None else wall.title,
        link=f"{house.settings.base_url.rstrip('/')}/sign-in/{invited.token}{goal}",
    )


async def decide(request: Request) -> Response:
    """POST /people/{person}/{verb}, POST /w/{wall}/people/{person}/{verb}"""
    wall, viewer, here = await _enter(request)
    house, t, data = house_of(request), words(language_of(request, wall)), await read_form(request)
    verb, person_id = request.path_params["verb"], _number(request.path_params["person"])
    try:
        if verb == "change" and wall is not None:
            role, sections = text_of(data, "role", 20), texts_of(data, "sections")
            await acts.change(house.database, wall, person_id, role, sections, viewer.actor)
        elif verb == "revoke":
            await acts.revoke(house.database, wall, person_id, viewer.actor)
        elif verb == "again":
            invited = await acts.invite_again(house.database, wall, person_id)
            sent = await _send(request, wall, invited, invited.role)
            return see_other(f"{here}?done={'invited' if sent else 'on_its_way'}")
        else:
            raise NotFound(f"no action {verb!r}")
    except (LastOne, NoMail, Undeliverable) as error:
        problem = t(f"error.{error.code}.message")
        return await _shown(request, wall, viewer, here, Written(), problem, error.status)
    house.hub.rights_changed()
    mine = person_id == viewer.actor.person_id  # who may do less now could be refused this page
    return see_other("/account" if mine else f"{here}?done={verb}")


def _number(text: str) -> int:
    """A person's number.

    Raises:
        NotFound: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound(f"no person {text!r}")
    return int(text)
