"""Partners: who seeks what somebody offers, and which networks are alike, with the reasons people can check."""

import httpx
import pytest

from tests.makers import Running, hang, make_settings
from wall.find.partners import partners
from wall.settings import Settings

Browser = httpx.AsyncClient
GERMAN = {"accept-language": "de"}
RAUM = {"offers": "Räume am Nachmittag, helfende Hände", "seeks": "Lesepatinnen"}


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    """What is found is found in a board in memory: one database is enough."""
    return make_settings(on_sqlite)


Reasons = dict[str, list[tuple[str, str]]]  # by the name of the other network, the words of both that fit


async def found(server: Running, card_id: str) -> tuple[Reasons, Reasons]:
    """Who seeks what a card offers, and who offers what it seeks."""
    board = (await server.house.hub.room("probe")).board
    both = partners(board, board.cards[card_id])
    seekers, givers = ({match.card.name: list(match.why) for match in side} for side in (both.seekers, both.givers))
    return seekers, givers


@pytest.mark.parametrize(
    ("seeks", "why"),
    [
        ("einen Raum zum Proben", ("Räume", "Raum")),  # another ending
        ("Probenräume", ("Räume", "Probenräume")),  # the end of a compound
        ("RAEUME!", ("Räume", "RAEUME")),  # another spelling
    ],
)
async def test_an_offer_finds_who_seeks_it_and_says_by_which_words(
    server: Running, seeks: str, why: tuple[str, str]
) -> None:
    giver = await hang(server, "Bürgertreff", **RAUM)
    await hang(server, "Chor", seeks=seeks)
    seekers, givers = await found(server, giver.id)
    assert seekers == {"Chor": [why]}
    assert givers == {}


@pytest.mark.parametrize("seeks", ["", "Wir suchen noch alles und jede", "einen Traum", "gern auch am Abend"])
async def test_filling_words_and_chance_are_no_reason(server: Running, seeks: str) -> None:
    giver = await hang(server, "Bürgertreff", **RAUM)
    await hang(server, "Chor", seeks=seeks)
    assert await found(server, giver.id) == ({}, {})


async def test_both_directions_are_found_and_a_synonym_counts_less_than_the_word(server: Running) -> None:
    seeker = await hang(server, "Sprachcafé", seeks="Angebote für Geflüchtete")
    await hang(server, "Lotsen", offers="Begleitung für Flüchtlinge")
    await hang(server, "Patenschaften", offers="Patenschaften mit Geflüchteten")
    _, givers = await found(server, seeker.id)
    assert list(givers) == ["Patenschaften", "Lotsen"]


async def test_a_word_that_many_write_joins_nobody(server: Running) -> None:
    giver = await hang(server, "Bürgertreff", offers="Ehrenamt und Werkbank")
    for number in range(12):
        await hang(server, f"Verein {number}", seeks=f"Ehrenamt {'und eine Werkbank' if number == 3 else ''}")
    seekers, _ = await found(server, giver.id)
    assert list(seekers) == ["Verein 3"]


async def test_card_page_and_author_are_shown_partners_and_who_is_not_visible_is_not_among_them(
    server: Running, client: Browser
) -> None:
    """W8"""
    giver = await hang(server, "Bürgertreff", **RAUM)
    await hang(server, "Chor", seeks="einen Raum zum Proben")
    data = {"name": "Wartende", "kind": "Netzwerk", "section": "s1", "seeks": "einen Raum", "offers": "Lesepatinnen"}
    pinned = await client.post("/w/probe/pin", data=data)
    page = (await client.get(f"/w/probe/c/{giver.id}", headers=GERMAN)).text
    assert "1 Netzwerk sucht, was hier geboten wird" in page
    assert "Wartende" not in page
    mine = (await client.get(pinned.headers["location"], headers=GERMAN)).text
    assert "1 Netzwerk sucht, was Sie bieten" in mine
    assert "1 Netzwerk bietet, was Sie suchen" in mine
    assert mine.count("Bürgertreff") >= 2
    assert "Chor" not in mine


async def test_the_best_are_shown_and_all_are_counted(server: Running, client: Browser) -> None:
    giver = await hang(server, "Bürgertreff", **RAUM)
    for number in range(8):
        await hang(server, f"Chor {number}", seeks="einen Raum")
    page = (await client.get(f"/w/probe/c/{giver.id}", headers=GERMAN)).text
    assert "8 Netzwerke suchen, was hier geboten wird" in page
    assert page.count("einen Raum") == 6
    assert "… und 2 weitere" in page


async def test_whoever_offers_and_seeks_nothing_yet_is_told_what_it_would_bring(
    server: Running, client: Browser
) -> None:
    pinned = await client.post("/w/probe/pin", data={"name": "Neu", "kind": "Netzwerk", "section": "s1"})
    mine = (await client.get(pinned.headers["location"], headers=GERMAN)).text
    assert "wer zu Ihnen passt" in mine


async def test_networks_with_rare_things_in_common_are_alike_and_it_is_said_which(
    server: Running, client: Browser
) -> None:
    card = await hang(server, "Lesepaten", topics=["Umwelt", "Vorlesen"], districts=["Connewitz"])
    await hang(server, "Vorlesestunde", topics=["Vorlesen"])
    for number in range(8):
        await hang(server, f"Umwelt {number}", topics=["Umwelt"])
    page = (await client.get(f"/w/probe/c/{card.id}", headers=GERMAN)).text
    related = page[page.index('class="related"') :]
    assert "Vorlesestunde" in related
    assert "Gemeinsam: Vorlesen" in related
