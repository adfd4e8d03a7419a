"""How long there is no good answer from the database, asked at a steady pace, whoever still waits."""

import asyncio

from chaos.pooling import Timed, timed
from harness.clock import now, seconds
from harness.prober import Prober

WATCHED_S = 14.0
EVERY_S = 0.25
SLOW_S = 1.0
STEADY_S = 2.5

PAGE = "/posts/1/page"
"""Read from the database, for everybody; that there is no such post is an answer too."""

ANSWERS = (200, 404)


async def watch(prober: Prober, of: str, for_s: float) -> None:
    """`of` is the time until each request was answered well within a second."""
    began = now()
    asked: list[tuple[float, asyncio.Task[Timed]]] = []
    async with prober.client() as http:
        while (at := seconds(now() - began)) < for_s:
            asked.append((at, asyncio.create_task(timed(http.get(PAGE)))))
            await asyncio.sleep(EVERY_S)
        answers = [(at, await task) for at, task in asked]
    bad = [at for at, answer in answers if answer.status not in ANSWERS or answer.seconds > SLOW_S]
    until = max(bad) + EVERY_S if bad else 0.0
    refused = sum(answer.status not in ANSWERS for _, answer in answers)
    detail = f"{len(bad)} of {len(answers)} requests were answered late or badly, {refused} of them refused"
    prober.saw(of, PAGE, until, "s", detail)
    prober.saw(f"{of}-longest-wait", PAGE, max(answer.seconds for _, answer in answers), "s")


async def before(prober: Prober) -> None:
    await watch(prober, "baseline", STEADY_S)


async def during(prober: Prober) -> None:
    await watch(prober, "without-an-answer", WATCHED_S)


async def after(prober: Prober) -> None:
    await watch(prober, "recovery", STEADY_S)
