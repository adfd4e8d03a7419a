"""Files that people keep here: images and PDFs, for themselves or for all members."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.paging import Listing, Page
from target.routing import Endpoint, account_is_gone, no_such, path_id
from target.services import services
from target.uploads.form import read_form
from target.uploads.models import Upload
from target.uploads.queries import create_upload, delete_upload, find_upload, list_uploads

# Whatever a browser thinks of the content, it is somebody else's: to be saved, and never to be shown or run as
# a page of this origin, nor to be embedded by another.
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


async def create(request: Request) -> Response:
    """POST /uploads: keep a file. The form's `file` is the file; `public` (true or false) opens it to all members."""
    here = services(request)
    sent = await read_form(request)
    stored_as = uuid.uuid4()
    await here.uploads.write(stored_as, sent.content)
    owner_id = caller(request).user_id
    upload = await create_upload(
        here.database, owner_id, stored_as, sent.filename, sent.media_type, len(sent.content), sent.public
    )
    if upload is None:
        await here.uploads.remove(stored_as)
        raise account_is_gone()
    return json_response(upload, 201, {"Location": f"/uploads/{upload.id}"})


async def read(request: Request) -> Response:
    """GET /uploads/{id}: the content, as a download."""
    here = services(request)
    found = await find_upload(here.database, path_id(request, "upload"), caller(request).user_id)
    content = None if found is None else await here.uploads.read(found.stored_as)
    if found is None or content is None:
        raise no_such("upload")
    headers = {"Content-Disposition": _attachment(found.upload.filename), **_HARMLESS}
    return Response(content, headers=headers, media_type=found.upload.media_type)


async def index(request: Request, page: Page) -> Response:
    """GET /uploads: one's own, newest first."""
    return json_response(await list_uploads(services(request).database, caller(request).user_id, page))


async def delete(request: Request) -> Response:
    """DELETE /uploads/{id}: remove one's own."""
    here = services(request)
    stored_as = await delete_upload(here.database, path_id(request, "upload"), caller(request).user_id)
    if stored_as is None:
        raise no_such("upload")
    await here.uploads.remove(stored_as)
    return Response(status_code=204)


def _attachment(filename: str) -> str:
    """RFC 6266: the name for everybody, and for those who read ASCII only."""
    plain = "".join(c if c.isascii() and c not in '"\\' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


ROUTES = [
    Endpoint(
        "POST",
        "/uploads",
        create,
        gives=Upload,
        status=201,
        limit="upload",
        accepts="multipart/form-data",
        problems=(400, 413, 415, 422, 503, 507),
    ),
    Endpoint("GET", "/uploads", index, query=Page, gives=Listing[Upload]),
    Endpoint("GET", "/uploads/{id}", read, gives=bytes, media_type="*/*", problems=(404, 503)),
    Endpoint("DELETE", "/uploads/{id}", delete, status=204, problems=(404,)),
]
