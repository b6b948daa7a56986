"""A form with one file in it, read without touching the disk; what the file was called is never looked at."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.datastructures import FormData, UploadFile

from wall.errors import BadRequest
from wall.model.picture import MOST_BYTES
from wall.web.house import Request

MOST_FIELDS = 8
LONGEST_FIELD = 8192  # bytes
LONGEST_HEADER = 64 * 1024  # bytes, most of which is the file's name; what other readers take ends at four thousand


async def read_upload(request: Request, name: str) -> tuple[FormData, bytes]:
    """The fields of a form, and the file called `name` in it; b"" where none was chosen.

    Raises:
        BadRequest: it is no such form, or has more parts than one of ours.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as data:
            return data, b""
    fields: list[tuple[str, str | UploadFile]] = []
    files: list[bytes] = []

    def on_field(field: Field) -> None:
        value = field.value or b""
        if len(fields) == MOST_FIELDS or len(value) > LONGEST_FIELD:
            raise BadRequest("more than our form has")
        fields.append(((field.field_name or b"").decode("utf-8", "replace"), value.decode("utf-8", "replace")))

    def on_file(file: File) -> None:
        if files:
            raise BadRequest("more than one file")
        file.file_object.seek(0)
        files.append(file.file_object.read() if file.field_name == name.encode() else b"")
        file.close()

    config = {"MAX_HEADER_SIZE": LONGEST_HEADER, "MAX_MEMORY_FILE_SIZE": 2 * MOST_BYTES}
    try:
        parser = FormParser("multipart/form-data", on_field, on_file, boundary=options.get(b"boundary"), config=config)
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise BadRequest(f"no form: {error}") from None
    return FormData(fields), files[0] if files else b""
