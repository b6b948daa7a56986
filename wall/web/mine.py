"""Sending an author the private link by e-mail, once; the address is not kept."""

from starlette.responses import Response

from wall.errors import TooMany, Unavailable, Undeliverable
from wall.text import address_of
from wall.web.forms import read_form, text_of
from wall.web.guard import spend
from wall.web.house import Request, house_of
from wall.web.pages import see_other
from wall.web.pin import draw_mine, own_card, words_for


async def send_link(request: Request) -> Response:
    """POST /mine/{token}/send"""
    house = house_of(request)
    room, card = await own_card(request)
    wall, t = room.board.wall, words_for(request, room)
    written = text_of(await read_form(request), "address", 400)
    to, here = address_of(written), f"/mine/{request.path_params['token']}"
    link = f"{house.settings.base_url.rstrip('/')}{here}"
    if not to:
        return await draw_mine(request, room, card, address=written, refused=t("complaint.not_an_address"), status=422)
    try:
        spend(request, "link by mail")
        if wait := house.limits.spend("link of card", card.id):
            raise TooMany(wait)
        about = {"card": card.name, "wall": wall.title, "link": link}
        await house.mail.send(to, "edit_link", wall.language, address=wall.address, **about)
    except (TooMany, Undeliverable, Unavailable) as error:
        why = t(f"error.{error.code}.message")
        return await draw_mine(request, room, card, address=written, refused=why, status=error.status)
    return see_other(f"{here}?sent=1")
