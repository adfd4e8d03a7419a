"""The form that an upload comes in: what it must hold, and what its content must be."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.requests import Request

from target.errors import Problem, invalid
from target.uploads.models import MAX_BYTES, TYPES

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

_LONGEST_NAME = 200
_UNSAID = ("", "application/octet-stream")


class SentFile(Struct, frozen=True):
    """A file that may be kept."""

    filename: str
    media_type: str
    content: bytes
    public: bool


async def read_form(request: Request) -> SentFile:
    """The file of a multipart/form-data body: 400, 413, 415 or 422 when it cannot be kept."""
    # Imported late, as it is not needed for anything else.
    from starlette.datastructures import UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    class InMemory(MultiPartParser):
        # Beyond this the parser would write the file to the disk, as it is.
        spool_max_size = MAX_BYTES * 2

        @property
        def opened(self) -> list[SpooledTemporaryFile[bytes]]:
            return self._files_to_close_on_error

    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise Problem(415, "Send multipart/form-data.", headers={"Accept": "multipart/form-data"})
    parser = InMemory(request.headers, request.stream(), max_files=1, max_fields=1, max_part_size=1024)
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError) as error:
        detail = error.message if isinstance(error, MultiPartException) else "It is not UTF-8."
        raise Problem(400, f"The form cannot be read. {detail}") from None
    try:
        unknown = sorted(form.keys() - {"file", "public"})
        if unknown:
            raise invalid("", f"Unknown fields: {', '.join(unknown)[:200]}")
        public = form.get("public", "false")
        if public not in ("true", "false"):
            raise invalid("/public", "Expected true or false")
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise invalid("/file", "Expected a file")
        return await _checked(file, public == "true")
    finally:
        # All of them: a part that never ended is in no form.
        for opened in parser.opened:
            opened.close()


async def _checked(file: UploadFile, public: bool) -> SentFile:
    content = await file.read()
    if len(content) > MAX_BYTES:
        raise Problem(413, f"A file may have at most {MAX_BYTES} bytes.")
    if not content:
        raise invalid("/file", "The file is empty")
    media_type = _type_of(content)
    declared = (file.content_type or "").partition(";")[0].strip().lower()
    if media_type is None:
        raise Problem(415, f"The file is none of {', '.join(TYPES)}.", headers={"Accept": ", ".join(TYPES)})
    if declared not in (*_UNSAID, media_type):
        raise invalid("/file", f"The file is said to be another type, but its content is {media_type}")
    return SentFile(_plain_name(file.filename or ""), media_type, content, public)


def _type_of(content: bytes) -> str | None:
    import filetype

    kind = filetype.guess(content)
    return kind.mime if kind is not None and kind.mime in TYPES else None


def _plain_name(given: str) -> str:
    # Some clients send a path, and none may send what would break a header or a terminal.
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME].strip() or "upload"
