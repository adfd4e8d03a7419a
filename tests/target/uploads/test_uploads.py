"""Uploads: judged by their content, sealed where they lie, and handed out as downloads only."""

from __future__ import annotations

import asyncio
import errno
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from target.app import create_app
from target.privacy.sealed import Keyring
from target.uploads.models import MAX_BYTES
from target.uploads.store import UploadStore
from tests.target.conftest import serving
from tests.target.privacy.conftest import KEY, PNG, Person, World

pytestmark = pytest.mark.asyncio

GOOD = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/gif": b"GIF89a\x01\x00\x01\x00",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "application/pdf": b"%PDF-1.7\n",
}


async def send(world: World, who: Person, content: bytes, media_type: str, name: str = "a") -> httpx.Response:
    return await world.client.post("/uploads", files={"file": (name, content, media_type)}, headers=who.headers)


@pytest.mark.parametrize("media_type", GOOD)
async def test_what_may_be_kept_comes_back_as_a_download(world: World, media_type: str) -> None:
    ada = await world.join("ada")
    made = await send(world, ada, GOOD[media_type], media_type, "Grüße 1.bin")
    assert made.status_code == 201, made.text
    upload = made.json()
    assert (upload["media_type"], upload["size"], upload["public"]) == (media_type, len(GOOD[media_type]), False)
    answer = await world.client.get(made.headers["Location"], headers=ada.headers)
    assert answer.content == GOOD[media_type]
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Gr__e 1.bin"; filename*=UTF-8')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"<html><script>alert(1)</script>", "text/html", 415),
        (b"<html><script>alert(1)</script>", "image/png", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", 415),
        (b"#!/bin/sh\n", "application/pdf", 415),
        (b"MZ\x90\x00", "application/octet-stream", 415),
        (b"PK\x03\x04", "application/zip", 415),
        (PNG, "text/html", 422),
        (PNG, "image/jpeg", 422),
        (b"", "image/png", 422),
        (PNG + b"x" * MAX_BYTES, "image/png", 413),
        (PNG + b"x" * (MAX_BYTES + 100_000), "image/png", 413),
    ],
)
async def test_what_may_not_be_kept_leaves_nothing(world: World, content: bytes, media_type: str, status: int) -> None:
    ada = await world.join("ada")
    assert (await send(world, ada, content, media_type)).status_code == status
    assert world.sql("select count(*) from uploads") == [(0,)]
    assert not world.settings.upload_dir.exists()


async def test_the_largest_that_is_allowed_is_kept(world: World) -> None:
    ada = await world.join("ada")
    assert (await send(world, ada, PNG + b"x" * (MAX_BYTES - len(PNG)), "image/png")).status_code == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 400),
        (b"garbage", "multipart/form-data; boundary=b", 400),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nnot a file\r\n--b--\r\n', "m", 422),
        (b'--b\r\nContent-Disposition: form-data; name="public"\r\n\r\nyes\r\n--b--\r\n', "m", 422),
        (b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', "m", 422),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "m", 400),
        (b"--b\r\n\r\nx\r\n--b--\r\n", "m", 400),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\x89PNG\r\n\x1a\n', "m", 422),
        (b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--\r\n', "m", 422),
        (b"", "m", 422),
    ],
)
async def test_a_form_that_is_none_is_refused(world: World, body: bytes, content_type: str, status: int) -> None:
    ada = await world.join("ada")
    headers = {
        **ada.headers,
        "Content-Type": "multipart/form-data; boundary=b" if content_type == "m" else content_type,
    }
    answer = await world.client.post("/uploads", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_names_lose_what_would_harm(world: World) -> None:
    ada = await world.join("ada")
    for given, kept in (
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\cat.png", "cat.png"),
        ("..", ".."),
        ("x" * 300, "x" * 200),
    ):
        assert (await send(world, ada, PNG, "image/png", given)).json()["filename"] == kept
    assert all(len(file.name) == 32 for file in world.settings.upload_dir.iterdir())


async def test_only_the_owner_reads_what_is_not_public_and_only_the_owner_deletes(world: World) -> None:
    ada, bob = await world.join("ada"), await world.join("bob")
    own = (await world.upload(ada)).json()["id"]
    shared = (await world.upload(ada, public="true")).json()["id"]

    async def status(method: str, upload: int, who: Person) -> int:
        return (await world.client.request(method, f"/uploads/{upload}", headers=who.headers)).status_code

    assert (await status("GET", own, bob), await status("GET", shared, bob)) == (404, 200)
    assert (await status("DELETE", own, bob), await status("DELETE", shared, bob)) == (404, 404)
    assert [item["id"] for item in (await world.ask(ada, "GET", "/uploads")).json()["items"]] == [shared, own]
    assert (await world.ask(bob, "GET", "/uploads")).json()["items"] == []
    assert (await status("DELETE", own, ada), await status("DELETE", own, ada)) == (204, 404)
    assert await status("GET", own, ada) == 404
    assert len(list(world.settings.upload_dir.iterdir())) == 1
    assert (await world.client.get(f"/uploads/{shared}")).status_code == 401


async def test_nothing_of_the_content_lies_on_the_disk(world: World) -> None:
    ada = await world.join("ada")
    await world.upload(ada, PNG + b"a very secret canary")
    (file,) = world.settings.upload_dir.iterdir()
    assert b"canary" not in file.read_bytes()
    assert file.stat().st_size > len(PNG)


async def test_a_file_that_was_tampered_with_is_not_served(world: World) -> None:
    ada = await world.join("ada")
    made = await world.upload(ada)
    (file,) = world.settings.upload_dir.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    answer = await world.client.get(made.headers["Location"], headers=ada.headers)
    assert answer.status_code == 500
    assert "pixels" not in answer.text


async def test_a_key_can_be_rotated(world: World) -> None:
    ada = await world.join("ada")
    made = await world.upload(ada)
    new = replace(world.settings, upload_key=KEY[::-1], upload_key_previous=KEY)
    async with serving(create_app(new)) as client:
        assert (await client.get(made.headers["Location"], headers=ada.headers)).content == PNG
    without = replace(world.settings, upload_key=None)
    async with serving(create_app(without)) as client:
        assert (await client.get(made.headers["Location"], headers=ada.headers)).status_code == 503


async def test_uploads_have_a_limit_of_their_own(world: World) -> None:
    ada = await world.join("ada")
    answers = await asyncio.gather(*(world.upload(ada) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 2


def failing(code: int) -> Callable[[int], None]:
    def fsync(_: int) -> None:
        raise OSError(code, os.strerror(code))

    return fsync


async def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = UploadStore(tmp_path, Keyring(KEY))
    monkeypatch.setattr("os.fsync", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        await store.write(uuid.uuid4(), PNG)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_disk_without_room_is_a_507_and_leaves_nothing(
    code: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.join("ada")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", failing(code))
        answer = await send(world, ada, PNG, "image/png")
    assert (answer.status_code, answer.json()["title"]) == (507, "Insufficient Storage")
    assert world.sql("select count(*) from uploads") == [(0,)]
    assert list(world.settings.upload_dir.iterdir()) == []
    assert (await send(world, ada, PNG, "image/png")).status_code == 201
