"""The OpenAPI document, made of the same field definitions that forms and imports use."""

from functools import cache
from typing import Any

from wall import __version__
from wall.model.audience import PUBLIC_CARD, PUBLIC_WALL
from wall.model.card import STATUSES, Card, CardContent
from wall.model.wall import SLUG, Wall
from wall.text import slug

REF = "#/components/schemas/"


def _only(model: type[CardContent] | type[Wall], names: tuple[str, ...]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    properties = {name: schema["properties"][name] for name in names}
    return {"type": "object", "properties": properties, "required": list(names), "$defs": schema.get("$defs", {})}


def _hoist(schemas: dict[str, Any]) -> dict[str, Any]:
    """Nested definitions belong beside the others in an OpenAPI document."""
    hoisted: dict[str, Any] = {}
    for name, schema in schemas.items():
        hoisted |= schema.pop("$defs", {})
        hoisted[name] = schema

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v.replace("#/$defs/", REF) if k == "$ref" else walk(v) for k, v in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value

    moved: dict[str, Any] = walk(hoisted)
    return moved


def _schemas() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    public_card = _only(Card, PUBLIC_CARD)
    wall = _only(Wall, PUBLIC_WALL)
    wall["properties"]["count"] = number | {"description": "Cards that everybody sees."}
    complaint = {"type": "object", "properties": {"field": text, "code": text, "detail": text}}
    change: dict[str, Any] = {
        "type": {"enum": ["change", "reset"]},
        "revision": number,
        "at": text,
        "kind": text,
        "cards": {"type": "array", "items": {"$ref": REF + "Card"}},
        "removed": {"type": "array", "items": text},
        "count": number,
    }
    pinned: dict[str, Any] = {
        "id": text,
        "status": {"enum": list(STATUSES)},
        "revision": number,
        "url": text,
        "edit_url": text,
        "similar": {"type": "array", "items": text, "description": "Cards of the same name that everybody sees."},
    }
    problem: dict[str, Any] = {"type": text, "title": text, "status": number, "detail": text, "code": text}
    problem |= {"errors": {"type": "array", "items": complaint}}
    return _hoist(
        {
            "CardContent": CardContent.model_json_schema(mode="validation"),
            "Card": public_card,
            "Wall": wall,
            "Change": {"type": "object", "properties": change, "required": ["type", "revision"]},
            "Pinned": {"type": "object", "properties": pinned, "required": list(pinned)},
            "Problem": {"type": "object", "properties": problem, "required": ["type", "title", "status"]},
        }
    )


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _listed(name: str, item: str, *more: str) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {"type": "array", "items": {"$ref": REF + item}}}
    properties |= {field: {"type": "integer" if field == "revision" else "string"} for field in more}
    return {"type": "object", "properties": properties, "required": [name, *more]}


OTHERWISE = {
    "308": "Merged with another card: `Location` says which",
    "400": "Not to be understood: a broken body, a host or address that is none of ours",
    "403": "A browser sent this from another site",
    "404": "No such wall or card, or not for you",
    "408": "The body came too slowly",
    "409": "The same key came before with other words",
    "410": "Gone: withdrawn or erased, or you are too far behind",
    "413": "The body is too large",
    "422": "Some words cannot be taken; `errors` says which and why",
    "423": "The wall takes no pins now",
    "429": "Too much at once, or too many cards wait; `Retry-After` says how long",
    "500": "A mistake of ours; it is noted",
    "503": "The database cannot answer; nothing was stored; `Retry-After` says how long",
}
ALWAYS = ("400", "500", "503")


def _refusal(status: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": OTHERWISE[status]}
    if status == "308":
        return answer
    answer["content"] = {"application/problem+json": {"schema": {"$ref": REF + "Problem"}}}
    if status in ("429", "503"):
        about = "Seconds until it is worth trying again."
        answer["headers"] = {"Retry-After": {"description": about, "schema": {"type": "integer", "minimum": 1}}}
    return answer


def _operation(
    summary: str, description: str, answers: dict[str, Any], refusals: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    """An operation with every status it answers with: a program can rely on there being no other."""
    responses = {status: {"description": summary, "content": _json(schema)} for status, schema in answers.items()}
    responses |= {status: _refusal(status) for status in sorted({*refusals, *ALWAYS})}
    return {"summary": summary, "description": description, "responses": responses} | more


@cache
def _paths() -> dict[str, Any]:
    def parameter(name: str, where: str, description: str, required: bool, kind: str = "string") -> dict[str, Any]:
        about = {"name": name, "in": where, "description": description, "required": required}
        return about | {"schema": {"type": kind}}

    the_wall = parameter("wall", "path", "The wall's address part, such as `leipzig`.", True)
    the_card = parameter("card", "path", "The card's id.", True)
    key = parameter("Idempotency-Key", "header", "8–200 characters; the same key is one card.", True)
    for about, pattern in ((the_wall, SLUG.pattern), (the_card, "^[0-9a-f]{12}$"), (key, "^[!-~]{8,200}$")):
        about["schema"] = {"type": "string", "pattern": pattern}
    since = parameter("since", "query", "The last revision you have.", True, "integer")
    epoch = parameter("epoch", "query", "The epoch you have it of.", False)
    wall, card = {"$ref": REF + "Wall"}, {"$ref": REF + "Card"}
    body = {"required": True, "content": _json({"$ref": REF + "CardContent"})}
    return {
        "/api/walls": {
            "get": _operation("Public walls", "Every wall on the start page.", {"200": _listed("walls", "Wall")})
        },
        "/api/walls/{wall}": {
            "get": _operation(
                "One wall", "Its settings, sections, kinds, topics.", {"200": wall}, ("404",), parameters=[the_wall]
            )
        },
        "/api/walls/{wall}/cards": {
            "get": _operation(
                "Cards",
                "What everybody sees, section by section, in order.",
                {"200": _listed("cards", "Card", "revision", "epoch")},
                ("404",),
                parameters=[the_wall],
            ),
            "post": _operation(
                "Pin a card",
                "Pending until a moderator approves it, unless the wall shows cards at once. 201 the first time, 200"
                " when the same key came with the same words, 409 with other words.",
                {"201": {"$ref": REF + "Pinned"}, "200": {"$ref": REF + "Pinned"}},
                ("403", "404", "408", "409", "413", "422", "423", "429"),
                parameters=[the_wall, key],
                requestBody=body,
            ),
        },
        "/api/walls/{wall}/cards/{card}": {
            "get": _operation(
                "One card",
                "410 once it was withdrawn, 308 once it was merged with another.",
                {"200": card},
                ("308", "404", "410"),
                parameters=[the_wall, the_card],
            )
        },
        "/api/walls/{wall}/changes": {
            "get": _operation(
                "Changes since a revision",
                "In order and without a gap; a card that changed more than once comes with its last change, as it is"
                " now. 410 when you are too far behind or of another epoch: start from the cards again. The WebSocket"
                " `/w/{wall}/live?since=N&epoch=E&as=json` goes on from there.",
                {"200": _listed("changes", "Change", "revision", "epoch")},
                ("404", "410", "422"),
                parameters=[the_wall, since, epoch],
            )
        },
    }


def document(base_url: str) -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Netzwerk-Wand",
            "version": __version__,
            "description": "Walls of networks: read them, follow them, pin to them.",
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "paths": _paths(),
        "components": {"schemas": _schemas()},
    }


def paths() -> list[tuple[str, str, str, str, str]]:
    """Every operation for the readable page: method, path, summary, description, anchor."""
    return [
        (method, path, operation["summary"], operation["description"], _anchor(method, path))
        for path, operations in _paths().items()
        for method, operation in operations.items()
    ]


def _anchor(method: str, path: str) -> str:
    return slug(f"{method} {path}")
