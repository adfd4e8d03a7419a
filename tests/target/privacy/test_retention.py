"""What is kept long enough goes, once; what is younger stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import pytest

from tests.target.conftest import ROOT
from tests.target.privacy.conftest import World

pytestmark = pytest.mark.asyncio


def run(world: World, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": world.settings.database.conninfo,
        "UPLOAD_DIR": str(world.settings.upload_dir),
    }
    return subprocess.run(
        [sys.executable, "-m", "target.privacy.retention"],
        cwd=ROOT,
        env={**own, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_old_goes_the_young_stays_and_twice_is_once(world: World) -> None:
    ada, bob = await world.join("ada"), await world.join("bob")
    await world.fill(ada, bob)
    await world.fill(bob, ada)
    world.sql("truncate notifications")
    for read, age in (("91 days", "91 days"), ("89 days", "100 days"), (None, "363 days"), (None, "365 days")):
        world.sql(
            "insert into notifications (user_id, kind, actor_id, read_at, created_at) values"
            " (%s, 'follow', %s, now() - %s::interval, now() - %s::interval)",
            ada.id,
            bob.id,
            read,
            age,
        )
    for ended, expires in (("31 days", "-1 day"), ("29 days", "-1 day"), (None, "31 days"), (None, "29 days")):
        world.sql(
            "insert into sessions (id, user_id, ended_at, expires_at) values"
            " (gen_random_uuid(), %s, now() - %s::interval, now() - %s::interval)",
            ada.id,
            ended,
            expires,
        )
    for user, finished in ((101, "31 days"), (102, "29 days"), (103, None)):
        state = "requested" if finished is None else "finished"
        world.sql(
            "insert into erasures (user_id, state, finished_at) values (%s, %s, now() - %s::interval)",
            user,
            state,
            finished,
        )
    world.sql("insert into conversations (created_at) values (now() - interval '2 days'), (now())")
    folder = world.settings.upload_dir
    kept = set(folder.iterdir())
    for name, seconds in ((uuid.uuid4().hex, 90000), (f"{uuid.uuid4().hex}.part", 90000), (uuid.uuid4().hex, 60)):
        (folder / name).write_bytes(b"x")
        at = (folder / name).stat().st_mtime - seconds
        os.utime(folder / name, (at, at))
        if seconds == 60:
            kept.add(folder / name)
    for file in kept:
        if (folder / file).stat().st_size > 1:
            os.utime(file, (0, 0))
    expected = {
        "read_notifications": 1,
        "notifications": 1,
        "sessions": 2,
        "erasures": 1,
        "conversations": 1,
        "orphan_uploads": 2,
    }
    first, second = run(world), run(world)
    assert (first.returncode, first.stderr) == (0, "")
    assert json.loads(first.stdout) == {"removed": expected}
    assert json.loads(second.stdout) == {"removed": dict.fromkeys(expected, 0)}
    assert set(folder.iterdir()) == kept
    assert world.sql("select count(*) from notifications") == [(2,)]
    assert world.sql("select count(*) from sessions where user_id = %s", ada.id) == [(3,)]
    assert world.sql("select user_id from erasures order by 1") == [(102,), (103,)]
    assert world.sql("select count(*) from messages") == [(2,)]


async def test_periods_are_settings_and_a_bad_one_is_named(world: World) -> None:
    bad = run(world, RETAIN_SESSIONS="soon")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("retention: RETAIN_SESSIONS is not a duration")
    ada = await world.join("ada")
    await world.ask(ada, "POST", "/auth/logout")
    world.sql("update sessions set ended_at = now() - interval '2 hours'")
    assert json.loads(run(world, RETAIN_SESSIONS="1h").stdout)["removed"]["sessions"] == 1
