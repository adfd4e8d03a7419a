"""What staff may do, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
import pytest_asyncio

from target.app import create_app
from target.settings import Settings
from tests.target.conftest import serving, until

pytestmark = pytest.mark.asyncio

PASSWORD = "engine-no-1"


class People:
    """An account of each role, logged in, and two users besides."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client = client
        self._url = url
        self.ids: dict[str, int] = {}
        self.tokens: dict[str, str] = {}

    async def arrive(self, name: str, role: str) -> None:
        email = f"{name}@example.org"
        body = {"email": email, "password": PASSWORD, "name": name.title()}
        self.ids[name] = (await self.client.post("/auth/register", json=body)).json()["user"]["id"]
        self.sql("update users set role = %s where id = %s", role, self.ids[name])
        await self.log_in(name)

    async def log_in(self, name: str) -> httpx.Response:
        body = {"email": f"{name}@example.org", "password": PASSWORD}
        answer = await self.client.post("/auth/login", json=body)
        if answer.status_code == 200:
            self.tokens[name] = answer.json()["access_token"]
        return answer

    async def ask(self, name: str, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        return await self.client.request(method, path, json=body, headers=headers)

    def sql(self, query: str, *params: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self._url, autocommit=True) as conn:
            cursor = conn.execute(query.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def audited(self, action: str) -> list[tuple[object, ...]]:
        return self.sql(
            "select actor_id, subject_id, detail from audit_log where action = %s and trace_id <> '' order by id",
            action,
        )


@pytest_asyncio.fixture
async def people(settings: Settings, migrated_url: str) -> AsyncIterator[People]:
    async with serving(create_app(settings)) as client:
        found = People(client, migrated_url)
        for name, role in (("ann", "admin"), ("mo", "moderator"), ("uma", "user"), ("vic", "user")):
            await found.arrive(name, role)
        yield found


async def test_staff_list_users_page_by_page(people: People) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await people.ask("mo", "GET", f"/admin/users?limit=3&cursor={cursor}".removesuffix("&cursor="))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        seen += [item["email"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
    assert seen == [f"{name}@example.org" for name in ("vic", "uma", "mo", "ann")]
    assert "password" not in answer.text


@pytest.mark.parametrize(("text", "found"), [("UMA@", ["uma"]), ("%", []), ("_ma", []), ("o@", ["mo"])])
async def test_a_search_is_for_text_and_not_a_pattern(people: People, text: str, found: list[str]) -> None:
    answer = await people.client.get(
        "/admin/users", params={"email": text}, headers={"Authorization": f"Bearer {people.tokens['ann']}"}
    )
    assert [item["email"] for item in answer.json()["items"]] == [f"{name}@example.org" for name in found]


async def test_users_are_kept_out(people: People) -> None:
    victim = people.ids["vic"]
    for method, path, body in (
        ("GET", "/admin/users", None),
        ("GET", f"/admin/users/{victim}", None),
        ("PATCH", f"/admin/users/{victim}", {"role": "admin"}),
        ("PUT", f"/admin/users/{victim}/suspension", None),
        ("DELETE", f"/admin/users/{victim}/suspension", None),
        ("DELETE", "/admin/posts/1", None),
    ):
        assert (await people.ask("uma", method, path, body)).status_code == 403
    assert (await people.ask("mo", "PATCH", f"/admin/users/{victim}", {"role": "admin"})).status_code == 403
    assert people.sql("select role, suspended_at from users where id = %s", victim) == [("user", None)]


async def test_a_look_at_a_user_is_recorded_before_it_is_given(people: People) -> None:
    answer = await people.ask("mo", "GET", f"/admin/users/{people.ids['uma']}")
    assert answer.json()["email"] == "uma@example.org"
    assert people.audited("user.read")[-1] == (people.ids["mo"], people.ids["uma"], "")
    assert (await people.ask("mo", "GET", "/admin/users/999999")).status_code == 404


async def test_a_role_counts_at_once_for_what_it_takes_away(people: People) -> None:
    answer = await people.ask("ann", "PATCH", f"/admin/users/{people.ids['mo']}", {"role": "user"})
    assert (answer.status_code, answer.json()["role"]) == (200, "user")
    assert (await people.ask("mo", "GET", "/admin/users")).status_code == 401
    await people.log_in("mo")
    assert (await people.ask("mo", "GET", "/admin/users")).status_code == 403
    assert people.audited("user.role")[-1] == (people.ids["ann"], people.ids["mo"], "moderator to user")


async def test_of_two_admins_who_demote_each_other_at_once_one_stays(people: People) -> None:
    await people.arrive("amy", "admin")
    answers = await asyncio.gather(
        people.ask("ann", "PATCH", f"/admin/users/{people.ids['amy']}", {"role": "user"}),
        people.ask("amy", "PATCH", f"/admin/users/{people.ids['ann']}", {"role": "user"}),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    # The second is told 403, or 401 where it came when its sessions had been ended already.
    assert sorted(answer.status_code for answer in answers)[1] in (401, 403)


async def test_no_admin_demotes_themselves(people: People) -> None:
    assert (await people.ask("ann", "PATCH", f"/admin/users/{people.ids['ann']}", {"role": "user"})).status_code == 409
    assert (await people.ask("ann", "PATCH", f"/admin/users/{people.ids['uma']}", {"role": "root"})).status_code == 422


async def test_who_is_suspended_is_out_until_restored(people: People) -> None:
    path = f"/admin/users/{people.ids['uma']}/suspension"
    suspended = await people.ask("mo", "PUT", path)
    assert suspended.status_code == 200
    assert suspended.json()["suspended_at"] is not None
    assert (await people.ask("mo", "PUT", path)).json() == suspended.json()
    assert (await people.ask("uma", "GET", "/feed")).status_code == 401
    assert (await people.log_in("uma")).status_code == 403
    assert (await people.ask("mo", "DELETE", path)).json()["suspended_at"] is None
    assert (await people.log_in("uma")).status_code == 200
    assert people.audited("user.suspend")[-1][:2] == (people.ids["mo"], people.ids["uma"])


async def test_a_moderator_has_no_power_over_staff(people: People) -> None:
    assert (await people.ask("mo", "PUT", f"/admin/users/{people.ids['ann']}/suspension")).status_code == 403
    assert (await people.ask("mo", "PUT", f"/admin/users/{people.ids['mo']}/suspension")).status_code == 409
    assert (await people.ask("ann", "PUT", f"/admin/users/{people.ids['mo']}/suspension")).status_code == 200


async def test_a_moderated_post_is_gone_from_the_feed(people: People) -> None:
    post = (await people.ask("uma", "POST", "/posts", {"body": "spam"})).json()
    assert (await people.ask("mo", "DELETE", f"/admin/posts/{post['id']}")).status_code == 204
    assert (await people.ask("mo", "DELETE", f"/admin/posts/{post['id']}")).status_code == 404
    assert (await people.ask("uma", "GET", "/feed")).json()["items"] == []
    assert people.audited("post.delete")[-1] == (people.ids["mo"], people.ids["uma"], f"post {post['id']}")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("update users set suspended_at = now() where id = %s", 401),
        ("update users set password_hash = 'of another password' where id = %s", 401),
        ("update users set role = 'moderator' where id = %s", 200),
    ],
)
async def test_who_logs_in_while_an_account_changes_gets_what_it_has_become(
    people: People, migrated_url: str, change: str, status: int
) -> None:
    """What ends all sessions must not miss the one that is just beginning."""
    blocked = b"select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with (
        await psycopg.AsyncConnection.connect(migrated_url) as staff,
        await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as onlooker,
    ):
        await staff.execute(change.encode(), (people.ids["uma"],))
        login = asyncio.create_task(people.log_in("uma"))

        async def waits_or_is_in() -> bool:
            return login.done() or await (await onlooker.execute(blocked)).fetchone() != (0,)

        await until(waits_or_is_in)
        await staff.commit()
        answer = await login
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["user"]["role"] == "moderator"
        assert (await people.ask("uma", "GET", "/admin/users")).status_code == 200
