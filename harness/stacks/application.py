"""What every stack that the harness starts tells its instances, and what it owes to whoever reads their figures."""

from harness.stacks.plan import StackPlan

WEB_ORIGIN = "https://web.example.test"
"""Where the target's web client would be served from: the only origin that CORS lets in."""

NOTE_FSYNC = "fsync is off: writes survive killed {}, not a machine that loses power"
NOTE_LIMIT = "RATE_LIMIT is {} where the target's default is 100/minute: all clients of a drill share one address"


def environment(plan: StackPlan, jwt_secret: str, upload_key: str) -> dict[str, str]:
    """The target's settings that are the plan's and not the place's: those say where things are."""
    return {
        "JWT_SECRET": jwt_secret,
        "UPLOAD_KEY": upload_key,
        "LOG_LEVEL": "info",
        "ENVIRONMENT": plan.environment,
        "CORS_ORIGINS": WEB_ORIGIN,
        "RATE_LIMIT": plan.rate_limit,
        "UPLOAD_RATE_LIMIT": plan.rate_limit,
        "DRAIN_SECONDS": f"{plan.drain_s:g}",
    }


def notes(plan: StackPlan, parts: str) -> tuple[str, ...]:
    """For the run; `parts` is what a fault kills: "processes", "containers"."""
    fsync = (NOTE_FSYNC.format(parts),) if plan.postgres.get("fsync") == "off" else ()
    return (*fsync, NOTE_LIMIT.format(plan.rate_limit))
