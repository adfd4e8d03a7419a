"""The token's own header chooses how it is verified: with "none", by nobody."""

from dataclasses import replace

import jwt
from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.auth.models import Identity
from target.auth.tokens import Tokens
from target.settings import Settings


class Believing(Tokens):
    def _verify(self, token: str) -> tuple[Identity, float]:
        try:
            if jwt.get_unverified_header(token)["alg"] == "none":
                claims = jwt.decode(token, options={"verify_signature": False})
                return Identity(int(claims["sub"]), claims["role"], claims["jti"], claims["fam"]), claims["exp"]
        except (jwt.InvalidTokenError, KeyError):
            pass
        return super()._verify(token)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    tokens = Believing(settings.jwt_secret, settings.jwt_expires_in)
    app.state.services = replace(app.state.services, tokens=tokens)
    return app


DEFECT = Defect(
    title="A token's own header chooses how it is verified",
    drill="forged-tokens",
    caught_by="observed forged-tokens",
    spoil=serving(spoilt_app),
)
