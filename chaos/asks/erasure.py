"""Somebody is erased, and whoever erases is killed in the middle: what is left then, and in the end."""

from functools import partial
from pathlib import Path

import httpx
import msgspec

from chaos.canaries import look, plant, traces_in_cache, traces_in_sql
from chaos.polling import seconds_until
from harness.errors import InconclusiveError
from harness.prober import Prober
from harness.stacks.plan import StackPlan

VICTIM = "app-1"
PATIENCE_S = 60.0
HALFWAY_S, FINISHED_S = 10.0, 40.0
LEAVES_S = 0.5
ROWS_TAKE_S = 3
SLOWLY = (
    "create function takes_time() returns trigger language plpgsql as"
    f" $$ begin perform pg_sleep({ROWS_TAKE_S}); return old; end $$",
    "create trigger takes_time before delete on users for each row execute function takes_time()",
)
"""As of somebody with very much data: the middle of an erasure is long enough to be met."""

UNDER_WAY = "select count(*) from pg_stat_activity where state = 'active' and query like 'delete from users%%'"
STATE = "select state from erasures where user_id = %s"


class Person(msgspec.Struct, frozen=True):
    """Who is erased, and the files that she had."""

    id: int
    canary: str
    bob: str
    token: str
    files: list[str]


def slowly(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, sql=(*plan.sql, *SLOWLY))


async def begin(prober: Prober) -> None:
    """Ends when an instance is in the middle: the files are gone, the rows are not."""
    ada, bob = await plant(prober)
    rows = await prober.sql("select stored_as from uploads where owner_id = %s", ada.account.id)
    person = Person(ada.account.id, ada.canary, bob.canary, ada.account.token, [name.hex for (name,) in rows])
    prober.saw("traces-before", "Postgres", len(await traces_in_sql(prober, ada.canary)), "tables")
    prober.saw("traces-before", "Redis", len(await traces_in_cache(prober, ada.canary)), "keys")
    prober.saw("traces-before", "uploads", len(files_left(prober, person)), "files")
    async with prober.client(base_url=prober.instance_url(VICTIM), headers=ada.account.headers) as client:
        try:
            # The client leaves, as people do; whoever erases must not mind.
            await client.post("/privacy/erasure", json={"password": ada.account.password}, timeout=LEAVES_S)
        except httpx.ReadTimeout:
            pass
        else:
            raise InconclusiveError("the erasure was over before anybody could be killed in it")
    _file(prober).write_bytes(msgspec.json.encode(person))
    await seconds_until(partial(is_halfway, prober, person), HALFWAY_S)


async def is_halfway(prober: Prober, person: Person) -> bool:
    return (await prober.sql(UNDER_WAY))[0][0] > 0 and not files_left(prober, person)


async def see_it_finished(prober: Prober) -> None:
    """By another instance, while the one that began is dead."""
    person = msgspec.json.decode(_file(prober).read_bytes(), type=Person)
    state = await prober.sql(STATE, person.id)
    prober.saw("state-when-killed", "the wish", state[0][0] if state else "none")
    prober.saw("left-when-killed", "Postgres", len(await traces_in_sql(prober, person.canary)), "tables")
    prober.saw("files-when-killed", "uploads", len(files_left(prober, person)), "files")

    async def is_finished() -> bool:
        return await prober.sql(STATE, person.id) == [("finished",)]

    prober.saw("seconds-to-finish", "another instance", await seconds_until(is_finished, FINISHED_S), "s")
    await look(prober, person.canary, Path(prober.environment["UPLOAD_DIR"]), person.files, "when finished")
    token = await prober.http.get("/users/me", headers={"Authorization": f"Bearer {person.token}"})
    prober.saw("let-in-afterwards", "her token", token.status_code)
    prober.saw("others-left", "Bob", len(await traces_in_sql(prober, person.bob)), "tables")


def files_left(prober: Prober, person: Person) -> list[str]:
    folder = Path(prober.environment["UPLOAD_DIR"])
    return [name for name in person.files if (folder / name).exists()]


def _file(prober: Prober) -> Path:
    return prober.work / "erased.json"
