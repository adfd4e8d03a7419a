"""The client's address is read from a header that the client sets: a new one is a new limit."""

from dataclasses import replace

from starlette.applications import Starlette
from starlette.types import Scope

from harness.defect import Defect, serving
from target.app import create_app
from target.security.proxies import Proxies
from target.settings import Settings


class Believing(Proxies):
    def client_address(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                return str(value.decode("latin-1")).partition(",")[0].strip()
        return super().client_address(scope)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.state.services = replace(app.state.services, proxies=Believing(settings.trusted_proxies))
    return app


DEFECT = Defect(
    title="Whoever sends another X-Forwarded-For is another client",
    drill="rate-limits",
    caught_by="observed passed-by-spoofing",
    spoil=serving(spoilt_app),
)
