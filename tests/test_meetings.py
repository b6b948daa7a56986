"""Meetings: what free words are understood as, and which dates come of it; every date here was counted by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from wall.model.meeting import Meeting, next_dates, taken, when
from wall.model.meeting_words import read
from wall.model.types import ZONE

WEDNESDAY = date(2026, 11, 25)
HOUR = timedelta(hours=1)

# Words, the next three dates from Wednesday, 25 November 2026, on, the time, and the place.
UNDERSTOOD = [
    ("jeden 2. Dienstag im Monat, 18 Uhr", "2026-12-08 2027-01-12 2027-02-09", "18:00", ""),
    ("Jeden zweiten Dienstag im Monat um 18.30 Uhr", "2026-12-08 2027-01-12 2027-02-09", "18:30", ""),
    ("jeden zweiten und vierten Mittwoch", "2026-11-25 2026-12-09 2026-12-23", "", ""),
    ("jeden 1. und 3. Montag im Monat, 17–19 Uhr", "2026-12-07 2026-12-21 2027-01-04", "17:00-19:00", ""),
    ("letzter Freitag im Monat 19:30 Uhr, Café X", "2026-11-27 2026-12-25 2027-01-29", "19:30", "Café X"),
    ("jeden letzten Donnerstag im Monat", "2026-11-26 2026-12-31 2027-01-28", "", ""),
    ("montags 10–12 Uhr", "2026-11-30 2026-12-07 2026-12-14", "10:00-12:00", ""),
    ("montags", "2026-11-30 2026-12-07 2026-12-14", "", ""),
    ("mittwochs", "2026-11-25 2026-12-02 2026-12-09", "", ""),
    ("Jeden Donnerstag ab 15 Uhr", "2026-11-26 2026-12-03 2026-12-10", "15:00", ""),
    ("immer dienstags von 16 bis 19 Uhr", "2026-12-01 2026-12-08 2026-12-15", "16:00-19:00", ""),
    ("dienstags 16-19 Uhr", "2026-12-01 2026-12-08 2026-12-15", "16:00-19:00", ""),
    ("wöchentlich mittwochs um 18 Uhr", "2026-11-25 2026-12-02 2026-12-09", "18:00", ""),
    ("jede Woche Freitag, 14.00 Uhr", "2026-11-27 2026-12-04 2026-12-11", "14:00", ""),
    ("dienstags und donnerstags, 9:00–11:30 Uhr", "2026-11-26 2026-12-01 2026-12-03", "09:00-11:30", ""),
    ("Mo–Fr 9–16 Uhr", "2026-11-25 2026-11-26 2026-11-27", "09:00-16:00", ""),
    ("Di, Do 10–12 Uhr", "2026-11-26 2026-12-01 2026-12-03", "10:00-12:00", ""),
    ("Druckgrafikwerkstatt: montags 17:00 (wöchentlich)", "2026-11-30 2026-12-07 2026-12-14", "17:00", ""),
    ("jeden Donnerstag 18:30 Uhr das Community-StandUp", "2026-11-26 2026-12-03 2026-12-10", "18:30", ""),
    (
        "jeden Donnerstag ab 15 Uhr im Jugendtreff OFT Sellerhausen (Püchauer Straße)",
        "2026-11-26 2026-12-03 2026-12-10",
        "15:00",
        "im Jugendtreff OFT Sellerhausen, Püchauer Straße",
    ),
    (
        "jeden zweiten Montag im Monat im Wikibär in der Köpenicker Straße 45",
        "2026-12-14 2027-01-11 2027-02-08",
        "",
        "im Wikibär in der Köpenicker Straße 45",
    ),
    (
        "erster Mittwoch im Monat, 19 Uhr, Stadtbibliothek",
        "2026-12-02 2027-01-06 2027-02-03",
        "19:00",
        "Stadtbibliothek",
    ),
    ("am 3. Donnerstag eines Monats, 18 Uhr 30", "2026-12-17 2027-01-21 2027-02-18", "18:30", ""),
    ("monatlich am ersten Montag, 18 Uhr", "2026-12-07 2027-01-04 2027-02-01", "18:00", ""),
    ("einmal im Monat: letzter Samstag, 11 Uhr", "2026-11-28 2026-12-26 2027-01-30", "11:00", ""),
    ("am 15. jedes Monats, 18 Uhr", "2026-12-15 2027-01-15 2027-02-15", "18:00", ""),
    ("jeden Monat am 1.", "2026-12-01 2027-01-01 2027-02-01", "", ""),
    ("jährlich am 8. März", "2027-03-08 2028-03-08 2029-03-08", "", ""),
    ("Jedes Jahr am 1. Mai, 10 Uhr", "2027-05-01 2028-05-01 2029-05-01", "10:00", ""),
    ("am 8. Dezember 2026, 18 Uhr", "2026-12-08", "18:00", ""),
    ("Dienstag, 8.12.2026, 18–20 Uhr", "2026-12-08", "18:00-20:00", ""),
    ("jeden Montag, 18 Uhr, ab 11.1.2027", "2027-01-11 2027-01-18 2027-01-25", "18:00", ""),
    ("dienstags 18 Uhr bis 8.12.2026", "2026-12-01 2026-12-08", "18:00", ""),
    ("letzter Freitag im Monat, außer Dezember", "2026-11-27 2027-01-29 2027-02-26", "", ""),
    ("alle 14 Tage donnerstags ab 17 Uhr, ab 3.12.2026", "2026-12-03 2026-12-17 2026-12-31", "17:00", ""),
    ("freitags 20–1 Uhr", "2026-11-27 2026-12-04 2026-12-11", "20:00-01:00", ""),
    ("Sonntags um 11", "2026-11-29 2026-12-06 2026-12-13", "11:00", ""),
    ("mittwochs 17 Uhr, online", "2026-11-25 2026-12-02 2026-12-09", "17:00", "online"),
    ("mittwochs 17 Uhr per Zoom", "2026-11-25 2026-12-02 2026-12-09", "17:00", "per Zoom"),
    ("6.12.2026", "2026-12-06", "", ""),
    ("sonnabends 15 h", "2026-11-28 2026-12-05 2026-12-12", "15:00", ""),
    ("first Thursday of the month at 6 pm", "2026-12-03 2027-01-07 2027-02-04", "18:00", ""),
    ("every Tuesday, 6:30-8 pm", "2026-12-01 2026-12-08 2026-12-15", "18:30-20:00", ""),
    ("Mondays 11-1 pm", "2026-11-30 2026-12-07 2026-12-14", "11:00-13:00", ""),
    ("Wednesdays at 19:00, at the library", "2026-11-25 2026-12-02 2026-12-09", "19:00", "at the library"),
    ("2nd and 4th Friday of every month", "2026-11-27 2026-12-11 2026-12-25", "", ""),
    ("last Sunday of the month, 10 am", "2026-11-29 2026-12-27 2027-01-31", "10:00", ""),
    ("every other Thursday, starting 3 December 2026", "2026-12-03 2026-12-17 2026-12-31", "", ""),
    ("yearly on 8 March", "2027-03-08 2028-03-08 2029-03-08", "", ""),
]
# Understood, but nobody can say which weeks before there is a date to count from.
UNDATED = [
    ("alle 14 Tage donnerstags ab 17 Uhr", 2, "2026-12-03 2026-12-17 2026-12-31"),
    ("jede zweite Woche am Donnerstag", 2, "2026-12-03 2026-12-17 2026-12-31"),
    ("vierzehntägig donnerstags", 2, "2026-12-03 2026-12-17 2026-12-31"),
    ("alle drei Wochen donnerstags", 3, "2026-12-03 2026-12-24 2027-01-14"),
    ("Nachbarschaftliche Gartenpraxis: donnerstags 17:00 (alle zwei Wochen)", 2, "2026-12-03 2026-12-17 2026-12-31"),
    ("alle zwei Monate am ersten Donnerstag", 2, "2026-12-03 2027-02-04 2027-04-01"),
    ("fortnightly on Thursdays, 6 pm", 2, "2026-12-03 2026-12-17 2026-12-31"),
]
NOT_UNDERSTOOD = [
    *("", "alle zwei Jahre", "nach Absprache", "einmal im Jahr", "zwei- bis dreimal im Jahr", "monatlich"),
    *("jeden zweiten Dienstag", "every second Tuesday", "jeden 3. Donnerstag, 18 Uhr"),  # of the month, or every other?
    *("Samstag und Sonntag, 10–18 Uhr", "dienstags Ruhetag", "montags geschlossen", "zweimal monatlich dienstags"),
    *("Dienstag, 18 Uhr", "Di 18 Uhr", "so oder so", "do it yourself, 10 am"),
    *("mittwochs 19:00 (monatlich)", "Treffen AG Stadtteilgeschichte: mittwochs 19:00 (monatlich)"),
    *("montags oder dienstags", "montags 18 Uhr, dienstags 19 Uhr", "Montags Chor, dienstags Theater"),
    *("montags, außer in den Ferien", "montags, nicht an Feiertagen", "jeden Donnerstag sowie nach Vereinbarung"),
    *("montags in geraden Wochen", "montags im Winterhalbjahr", "meist montags", "ca. montags 18 Uhr?"),
    *("mittwochs 25 Uhr", "am 31.2.2027", "Montag, 8.12.2026", "jährlich am 31. Februar", "montags 18-18 Uhr"),
    *("vorletzter Freitag im Monat", "freitags: Honorary Kitchen Vom 8", "dienstags statt", "täglich 10 Uhr"),
    *("Wir treffen uns regelmäßig, um unsere Projekte weiterzuentwickeln", "alle zwei Wochen statt"),
    *("jeden Mittwoch Abend trifft, um an lokalen Projekten zu arbeiten, oft im B", "montags im Mai", "K" * 200),
    *("Immer samstags 11 bis 13 Uhr Kosten: 7 Euro/ 1 Treffen", "\u0130stanbul montags", "1." * 100, "montags" * 28),
]


def days(meeting: Meeting, since: date = WEDNESDAY, most: int = 3) -> str:
    return " ".join(each.day.isoformat() for each in next_dates(meeting, since, most))


@pytest.mark.parametrize(("words", "dates", "clock", "place"), UNDERSTOOD)
def test_free_words_are_understood(words: str, dates: str, clock: str, place: str) -> None:
    meeting = read(words)
    assert meeting is not None, "not understood"
    starts, _, ends = clock.partition("-")
    assert (days(meeting), meeting.starts or "", meeting.ends or "", meeting.place) == (dates, starts, ends, place)
    assert Meeting.model_validate(meeting.plain) == meeting


@pytest.mark.parametrize(("words", "interval", "dates"), UNDATED)
def test_every_other_week_waits_for_a_date_to_count_from(words: str, interval: int, dates: str) -> None:
    meeting = read(words)
    assert meeting is not None, "not understood"
    assert (meeting.interval, meeting.dated) == (interval, False)
    assert days(meeting.model_copy(update={"first": date(2026, 12, 3)})) == dates


@pytest.mark.parametrize("words", NOT_UNDERSTOOD)
def test_words_that_could_mean_something_else_are_left_alone(words: str) -> None:
    assert read(words) is None


def test_every_other_thursday_keeps_its_rhythm_over_the_years() -> None:
    meeting = Meeting(every="week", interval=2, weekdays=("thu",), first=date(2016, 12, 1))
    assert days(meeting) == "2026-12-03 2026-12-17 2026-12-31"
    assert days(meeting, since=date(2016, 1, 1)) == "2016-12-01 2016-12-15 2016-12-29"


def test_every_third_month_is_counted_from_the_first() -> None:
    meeting = Meeting(every="month", interval=3, weekdays=("tue",), weeks=(2,), first=date(2025, 1, 14))
    assert days(meeting) == "2027-01-12 2027-04-13 2027-07-13"


def test_months_without_that_day_are_passed_over() -> None:
    assert days(Meeting(every="month", day=31)) == "2026-12-31 2027-01-31 2027-03-31"
    assert days(Meeting(every="month", day=-1)) == "2026-11-30 2026-12-31 2027-01-31"
    assert days(Meeting(every="year", month=2, day=29), most=2) == "2028-02-29"


def test_holidays_are_days_like_others() -> None:
    christmas, new_year = read("freitags 18 Uhr"), read("jeden ersten Freitag im Monat")
    assert christmas is not None
    assert new_year is not None
    assert "2026-12-25" in days(christmas, most=6)
    assert "2027-01-01" in days(new_year)


def test_eighteen_o_clock_stays_eighteen_o_clock_when_the_clocks_change() -> None:
    meeting = read("sonntags 18–20 Uhr")
    assert meeting is not None
    before, after = next_dates(meeting, date(2026, 10, 18), 2)
    assert (before.starts, after.starts) == (
        datetime(2026, 10, 18, 18, tzinfo=ZONE),
        datetime(2026, 10, 25, 18, tzinfo=ZONE),
    )
    assert [each.starts and each.starts.utcoffset() for each in (before, after)] == [2 * HOUR, HOUR]


def test_one_filters_by_weekday_and_part_of_the_day() -> None:
    assert [
        when(meeting)
        for words in ("dienstags 9 Uhr", "jeden 1. Freitag im Monat, 12 Uhr", "Mo, Mi 17 Uhr", "sonntags")
        if (meeting := read(words))
    ] == [("tue", "morning"), ("fri", "afternoon"), ("mon", "wed", "evening"), ("sun",)]


@pytest.mark.parametrize(
    "schedule",
    [
        *(
            {"every": "week"},
            {"every": "week", "weekdays": ["xx"]},
            {"every": "week", "weekdays": ["thu"], "interval": 2},
        ),
        *({"every": "month", "weeks": [7], "weekdays": ["mon"]}, {"every": "month", "day": 0}, {"every": "once"}),
        *({"every": "month", "day": 31, "pauses": [1, 3, 5, 7, 8, 10, 12]}, {"every": "year", "month": 2, "day": 31}),
        *({"every": "once", "first": "2026-02-30"}, {"every": "once", "first": "9999-12-31"}, [1], "montags", 7),
        *(
            {"every": "week", "weekdays": ["mon"], "starts": "25:00"},
            {"every": "week", "weekdays": ["mon"], "ends": "10:00"},
        ),
        {"every": "week", "weekdays": ["mon"], "first": "2026-12-01", "until": "2026-11-01"},
        {"every": "week", "weekdays": [{}], "pauses": {"a": 1}},
    ],
)
def test_a_schedule_that_has_no_dates_is_refused(schedule: Any) -> None:
    with pytest.raises(PydanticCustomError, match="expected a schedule"):
        taken(schedule)


def test_the_same_meeting_is_kept_as_the_same_value() -> None:
    sent = {"every": "month", "weekdays": ["wed", "mon", "wed"], "weeks": [-1, 2], "starts": "9:30", "x": 1}
    assert taken(sent) == {"every": "month", "weekdays": ["mon", "wed"], "weeks": [2, -1], "starts": "09:30"}
    assert taken({"every": "never", "weekdays": ["mon"]}) == {"every": "never"}
    assert taken(None) is taken({}) is taken("") is None
