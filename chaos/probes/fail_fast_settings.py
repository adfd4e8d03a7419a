"""A production environment with something missing or weak does not start, says in one line what, and shows no value.

The target is started as a process of its own, from a copy of the project's files, once per spoilt environment.
"""

import asyncio
import base64
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.checks.observed import Observed
from harness.lifeline import die_with_parent
from harness.probe import probe
from harness.prober import Prober

COMMAND = (sys.executable, "-m", "target")
AT_ONCE = 2
PATIENCE_S = 20.0
# Stands in every value, in the part that must stay secret.
CANARY = "Xq7Planted"
STRONG = f"{CANARY}-2vLr8TzmWc4Jh9KdYb6NsGf3PeUa"
KEY = base64.b64encode(CANARY.encode() + bytes(range(200, 222))).decode()
NOWHERE = "127.0.0.1:9"
SOUND = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": f"postgresql://app:{CANARY}@{NOWHERE}/app?sslmode=require",
    "REDIS_URL": f"rediss://:{CANARY}@{NOWHERE}",
    "JWT_SECRET": STRONG,
    "SENTRY_DSN": f"http://{CANARY}@{NOWHERE}/7",
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://user:{CANARY}@{NOWHERE}",
    "UPLOAD_KEY": KEY,
    "CORS_ORIGINS": "https://web.example.test",
    "UPLOAD_DIR": "uploads",
    "PORT": "0",
    "DRAIN_SECONDS": "0",
    "LOG_LEVEL": "trace",
}
NEEDED = tuple(
    name for name in SOUND if name not in ("ENVIRONMENT", "UPLOAD_DIR", "PORT", "DRAIN_SECONDS", "LOG_LEVEL")
)
# What the guide lists as required; the template must name at least these.
IN_THE_TEMPLATE = (*NEEDED, "JWT_EXPIRES_IN", "ENVIRONMENT", "LOG_LEVEL")
WEAK = (
    ("DATABASE_URL", "no TLS", f"postgresql://app:{CANARY}@{NOWHERE}/app"),
    ("DATABASE_URL", "TLS only if the server likes", f"postgresql://app:{CANARY}@{NOWHERE}/app?sslmode=prefer"),
    ("DATABASE_URL", "TLS switched off", f"postgresql://app:{CANARY}@{NOWHERE}/app?sslmode=disable"),
    ("DATABASE_URL", "no number for a port", f"postgresql://app:{CANARY}@127.0.0.1:54x32/app?sslmode=require"),
    ("DATABASE_URL", "an unknown parameter", f"postgresql://app:{CANARY}@{NOWHERE}/app?sslmode=require&x={CANARY}"),
    ("DATABASE_URL", "another database's", f"mysql://app:{CANARY}@{NOWHERE}/app"),
    ("REDIS_URL", "neither TLS nor a password", f"redis://{CANARY}:6379"),
    ("REDIS_URL", "no number for a port", f"rediss://:{CANARY}@127.0.0.1:port"),
    ("JWT_SECRET", "31 characters", STRONG[:31]),
    ("JWT_SECRET", "one character over and over", "a" * 64),
    ("JWT_SECRET", "a few characters over and over", f"{CANARY}" * 4),
    ("JWT_SECRET", "the alphabet", "0123456789abcdefghijklmnopqrstuvwxyz"),
    ("JWT_SECRET", "a template's", f"your-super-secret-jwt-key-{CANARY}"),
    ("JWT_SECRET_PREVIOUS", "31 characters", STRONG[:31]),
    ("SENTRY_DSN", "no key", f"https://sentry.example.test/{CANARY}"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "no URL", f"{CANARY}:4318"),
    ("UPLOAD_KEY", "10 bytes", base64.b64encode(CANARY.encode()).decode()),
    ("CORS_ORIGINS", "everybody", "*"),
    ("CORS_ORIGINS", "no TLS", f"http://{CANARY.lower()}.example.test"),
    ("JWT_EXPIRES_IN", "no unit", "604800"),
    ("LOG_LEVEL", "no level", CANARY),
)


class Start(NamedTuple):
    """`status` is the exit status, None where there was none in time; what `listened` was told to stop."""

    status: int | None
    listened: bool
    text: str


async def ask(prober: Prober) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def observe(case: str, names: tuple[str, ...], environment: dict[str, str]) -> None:
        async with free:
            tell(prober, case, names, await start(prober.files, environment), environment)

    await asyncio.gather(*(observe(*case) for case in spoilt_environments()))
    # That a sound environment starts is what makes the refusals mean something.
    sound = await start(prober.files, SOUND)
    prober.saw("sound-start", "listened", sound.listened, detail=without_canary(sound.text)[-200:])
    prober.saw("sound-start-status", "stopped as asked", sound.status, detail=without_canary(sound.text)[-200:])
    prober.saw("values-shown", "a sound environment, every log line", sound.text.count(CANARY))
    template = prober.files / ".env.example"
    listed = set(re.findall(r"^([A-Z_]+)=", template.read_text() if template.exists() else "", re.MULTILINE))
    for name in IN_THE_TEMPLATE:
        prober.saw("in-the-template", name, name in listed)


async def start(project: Path, environment: dict[str, str]) -> Start:
    """Starts the target, and stops it when it listens."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        cwd=project,
        env={"PATH": os.defpath, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=die_with_parent(),
    )
    assert process.stdout is not None
    text, listened = "", False
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for line in process.stdout:
                text += line.decode(errors="replace")
                if b'"listening"' in line:
                    listened = True
                    process.terminate()
            return Start(await process.wait(), listened, text)
    except TimeoutError:
        return Start(None, listened, text)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def spoilt_environments() -> Iterator[tuple[str, tuple[str, ...], dict[str, str]]]:
    """Each case with the variables that the line must name."""
    for name in NEEDED:
        yield f"{name} is missing", (name,), {other: value for other, value in SOUND.items() if other != name}
    yield f"{NEEDED[0]} is empty", (NEEDED[0],), SOUND | {NEEDED[0]: ""}
    for name, case, value in WEAK:
        yield f"{name}: {case}", (name,), SOUND | {name: value}
    yield "everything is missing", NEEDED, {"ENVIRONMENT": "production"}


def tell(prober: Prober, case: str, names: tuple[str, ...], found: Start, environment: dict[str, str]) -> None:
    text = found.text
    evidence = without_canary(text)[-200:]
    shown = [name for name, value in environment.items() if len(value) > 8 and value != "production" and value in text]
    planted = len(re.findall(CANARY, text, re.IGNORECASE))
    status, unnamed, lines = found.status, sum(name not in text for name in names), len(text.splitlines())
    # One that did not end in time may only be slow, as its machine may be: what it would have said is not known.
    known = found.listened or status is not None
    prober.saw("start-status", case, "it started" if found.listened else status, detail=evidence)
    prober.saw("unnamed-variables", case, unnamed if known else None, detail=evidence)
    prober.saw("lines-said", case, lines if known else None, detail=evidence)
    prober.saw("values-shown", case, planted + len(shown), detail=", ".join(shown))


def without_canary(text: str) -> str:
    return re.sub(CANARY, "(the planted value)", text, flags=re.IGNORECASE)


def cases() -> int:
    return len(NEEDED) + len(WEAK) + 2


PROBE = probe(
    title="Bad settings stop the start",
    ask=ask,
    expect=(
        Observed(of="start-status", equals=2, cases=cases()),
        Observed(of="unnamed-variables", equals=0, cases=cases()),
        Observed(of="lines-said", equals=1, cases=cases()),
        Observed(of="values-shown", equals=0, cases=cases() + 1),
        Observed(of="sound-start", equals=1),
        Observed(of="sound-start-status", equals=0),
        Observed(of="in-the-template", equals=1, cases=len(IN_THE_TEMPLATE)),
    ),
    claims=("SEC-ENV",),
    needs_stack=False,
    # Thirty starts, each of a second on a machine of one's own.
    patience_s=300.0,
)
