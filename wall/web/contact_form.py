"""The contact part of a form and the form that writes to a contact: posted, judged, drawn with its words kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from wall.errors import Complaint, Invalid
from wall.model.audience import ContactShown
from wall.model.card import CardContent
from wall.model.contact import PARTS, VISIBILITIES, ContactDetails, consented
from wall.model.wall import Wall
from wall.web.forms import FieldView, Form, Option, text_of
from wall.words import Words

KINDS = {"name": "text", "email": "email", "phone": "tel"}
LONGEST = {"name": 120, "email": 254, "phone": 40}
MESSAGE = {"sender": 254, "text": 3000}
FIRST = {"name_for": "team", "email_for": "request", "phone_for": "team"}


@dataclass(frozen=True, slots=True)
class PostedContact:
    """What came with a form: whose details `raw` are, whether they agreed, and to the words of which version."""

    raw: Mapping[str, str]
    other: bool
    agreed: bool
    version: str

    @property
    def empty(self) -> bool:
        return not any(self.raw[part].strip() for part in PARTS)

    @property
    def said(self) -> dict[str, Any]:
        """What makes one pin another: nothing where nothing was written."""
        return {} if self.empty else {"contact": [*self.raw.values(), self.other, self.agreed]}

    @property
    def consent(self) -> str:
        """The version of the words that were agreed to, or ''."""
        return self.version if self.agreed else ""

    def details(self) -> ContactDetails:
        """What was written, if it can be taken.

        Raises:
            Invalid: the complaints' fields read `contact_<part>`, here as below.
        """
        with named_as_fields():
            return ContactDetails.take(self.raw)

    def checked(self, card: Mapping[str, Any], wall: Wall) -> ContactDetails:
        """The details, or what is wrong with them and with the card they came with, all at once.

        Raises:
            Invalid: names every field of both.
        """
        try:
            details = self.details()
            with named_as_fields():
                consented(details, self.other, self.consent)
            return details
        except Invalid as error:
            wrong = error.complaints
        try:
            CardContent.take(card, wall)
        except Invalid as error:
            wrong = error.complaints + wrong
        raise Invalid(wrong)


@contextmanager
def named_as_fields() -> Iterator[None]:
    """Complaints about a contact's parts become complaints about the fields of its form."""
    try:
        yield
    except Invalid as error:
        raise Invalid([replace(each, field=f"contact_{each.field}") for each in error.complaints]) from None


def posted_contact(data: FormData, *, other: bool | None = None) -> PostedContact:
    """The contact part of a posted form; `other` settles whose it is, whatever came."""
    raw = {name: text_of(data, f"contact_{name}", 400) for name in (*PARTS, *FIRST)}
    for name, otherwise in FIRST.items():
        raw[name] = raw[name] or otherwise
    said_other = text_of(data, "contact_other") == "yes"
    agreed = text_of(data, "contact_agree") == "yes"
    return PostedContact(raw, said_other if other is None else other, agreed, text_of(data, "contact_consent", 20))


def written_contact(shown: ContactShown | None) -> PostedContact:
    """A stored contact as it stands in a form; a new saving needs a new tick."""
    if shown is None:
        return PostedContact(dict.fromkeys(PARTS, "") | FIRST, other=False, agreed=False, version="")
    raw = {part: getattr(shown, part) for part in PARTS}
    return PostedContact(
        raw | {f"{part}_for": shown.seen_by.get(part, FIRST[f"{part}_for"]) for part in PARTS},
        other=shown.other,
        agreed=False,
        version="",
    )


def contact_fields(
    t: Words, posted: PostedContact, shown: ContactShown | None = None, complaints: Sequence[Complaint] = ()
) -> dict[str, FieldView]:
    """The contact's fields as a template draws them; what of it is there unseen is said, and who may see it."""
    wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in complaints}
    fields: dict[str, FieldView] = {}
    for part in PARTS:
        name, wish, kept = f"contact_{part}", posted.raw[f"{part}_for"], shown.unseen.get(part) if shown else None
        fields[name] = FieldView(
            name=name,
            control=KINDS[part],
            label=t(f"field.{name}.label"),
            hint=t("contact.unseen", who=t(f"contact.for.{kept}")) if kept else t(f"field.{name}.hint"),
            value=posted.raw[part],
            complaint=wrong.get(name) or wrong.get(f"{name}_for"),
            maxlength=LONGEST[part],
            options=[] if kept else [Option(w, t(f"contact.for.{w}"), None, w == wish) for w in VISIBILITIES],
        )
    ticks = {"contact_agree": posted.agreed, "contact_other": posted.other}
    for name, ticked in ticks.items():
        fields[name] = FieldView(
            name=name,
            control="tick",
            label=t(f"field.{name}.label"),
            value="yes" if ticked else "",
            complaint=wrong.get(name),
        )
    return fields


def with_contact(form: Form, t: Words, posted: PostedContact, complaints: Sequence[Complaint] = ()) -> Form:
    """A card's form with the contact's fields in it."""
    form.fields |= contact_fields(t, posted, complaints=complaints)
    return form


def message_form(
    t: Words, raw: dict[str, str] | None = None, complaints: tuple[Complaint, ...] = (), problem: str | None = None
) -> Form:
    """The message form with `raw` in it."""
    wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in complaints}
    fields = {
        name: FieldView(
            name=name,
            control=control,
            label=t(f"field.{name}.label"),
            hint=t(f"field.{name}.hint"),
            value=(raw or {}).get(name, ""),
            complaint=wrong.get(name),
            maxlength=MESSAGE[name],
            required=True,
        )
        for name, control in (("sender", "email"), ("text", "textarea"))
    }
    return Form(fields, list(wrong.items()), problem=problem, status=422 if wrong else 200)
