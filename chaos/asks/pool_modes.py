"""What each of PgBouncer's pool modes serves and what it breaks, of all that a client may want of its session."""

from contextlib import AsyncExitStack
from urllib.parse import urlsplit, urlunsplit

import msgspec

from chaos import modes
from chaos.by_companion import pooled_url
from chaos.modes import PREPARED, SESSION, STATEMENT, TRANSACTIONS, Feature, Others, served
from harness.drill import Ask
from harness.prober import Prober
from harness.stacks.plan import StackPlan
from harness.stacks.pooler import in_mode

SESSION_MODE, TRANSACTION_MODE, STATEMENT_MODE = "session", "transaction", "statement"
OTHER_MODES = (SESSION_MODE, STATEMENT_MODE)

SERVES: dict[str, tuple[Feature, ...]] = {
    SESSION_MODE: (STATEMENT, *TRANSACTIONS, *SESSION),
    TRANSACTION_MODE: (STATEMENT, *TRANSACTIONS),
    STATEMENT_MODE: (STATEMENT,),
}
BREAKS: dict[str, tuple[Feature, ...]] = {
    SESSION_MODE: (),
    TRANSACTION_MODE: SESSION,
    STATEMENT_MODE: (*TRANSACTIONS, *SESSION),
}
SHARES = {SESSION_MODE: 0, TRANSACTION_MODE: 1, STATEMENT_MODE: 1}
"""Whether more clients can be connected than there are server connections."""

MD5_ROLE = "create role with_md5 login password 'md5'"


def three_modes(plan: StackPlan) -> StackPlan:
    # So that the server connections are there for those who ask here.
    return msgspec.structs.replace(plan, pool_modes=OTHER_MODES, connection_limit=2)


def tried(mode: str) -> Ask:
    async def ask(prober: Prober) -> None:
        usual = urlsplit(pooled_url(prober.inside))
        # The instances' own pool is the one of the three that they rely on.
        path = usual.path if mode == TRANSACTION_MODE else in_mode(usual.path, mode)
        await try_mode(prober, mode, urlunsplit(usual._replace(path=path)))

    return ask


async def try_mode(prober: Prober, mode: str, url: str) -> None:
    async with AsyncExitStack() as stack:
        others = await Others.of(prober, url, stack)
        for of, features in ((f"{mode}-serves", SERVES[mode]), (f"{mode}-breaks", BREAKS[mode])):
            for feature in features:
                answer = await served(feature, url, others)
                prober.saw(of, feature.name, answer.yes, detail=answer.why)
        prober.saw(f"{mode}-leaks", "SET, found by another client", await others.find_a_setting(url))
        answer = await served(PREPARED, url, others)
        prober.saw(f"{mode}-prepared", PREPARED.name, answer.yes, detail=answer.why)
    shares = await modes.more_clients_than_servers(url)
    prober.saw(f"{mode}-shares", f"{modes.MORE_THAN_SERVERS} clients that stay", shares.yes, detail=shares.why)


async def warned_of_md5(prober: Prober) -> None:
    """What the database says to a password for auth_type = md5."""
    warnings: list[str] = []
    async with prober.database() as connection:
        connection.add_notice_handler(lambda notice: warnings.append(notice.message_primary or ""))
        await connection.execute("set password_encryption = 'md5'")
        await connection.execute(MD5_ROLE.encode())
        await connection.execute("drop role with_md5")
    prober.saw("md5-warnings", "a password for auth_type = md5", len(warnings), detail="; ".join(warnings))
