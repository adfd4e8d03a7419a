"""A target that answers 500 when the cache is gone: a cache that became a dependency without anybody deciding it."""

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


class CacheIsRequired:
    def __init__(self, app: ASGIApp, redis_url: str) -> None:
        self._app = app
        self._redis = Redis.from_url(redis_url, socket_timeout=0.2, socket_connect_timeout=0.2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/feed":
            try:
                await self._redis.ping()
            except (RedisError, OSError):
                await JSONResponse({"title": "Internal Server Error"}, 500)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def spoilt_app(settings: Settings) -> ASGIApp:
    return CacheIsRequired(create_app(settings), settings.redis_url)


DEFECT = Defect(
    title="A lost cache is an error", drill="drop-redis", caught_by="slo http.errors fault", spoil=serving(spoilt_app)
)
