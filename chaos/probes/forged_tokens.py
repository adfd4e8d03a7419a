"""Access tokens live as long as configured, and forged ones are refused by every instance."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

WEEK_S = 7 * 24 * 3600
OTHER_KEY = "an attacker's key, as long as the real one, which it is not"


async def ask(prober: Prober) -> None:
    secret = prober.environment["JWT_SECRET"]
    account = await prober.register()
    claims = jwt.decode(account.token, options={"verify_signature": False})
    header = jwt.get_unverified_header(account.token)
    prober.saw("token-lifetime", "exp - iat", claims["exp"] - claims["iat"], "s")
    prober.saw("token-lifetime", "expires_in", account.answer["expires_in"], "s")
    sound = {"as issued": account.token, "signed by the probe": jwt.encode(claims, secret, "HS256")}
    for member in prober.inside.members(Role.APP):
        async with prober.client(base_url=prober.instance_url(member)) as client:

            async def feed(token: str) -> int:
                answer = await client.get("/feed", headers={"Authorization": f"Bearer {token}"})
                return answer.status_code

            # First those that are refused, then the sound ones, then again: what was verified once is remembered.
            forged = dict(forgeries(account.token, claims, header, secret))
            for time_, asked in enumerate((forged, sound, forged), start=1):
                of = "sound-tokens" if asked is sound else "forged-tokens"
                for case, token in asked.items():
                    prober.saw(of, f"{case}, {member}, {time_}", await feed(token))


def forgeries(token: str, claims: dict[str, Any], header: dict[str, Any], secret: str) -> Iterator[tuple[str, str]]:
    """What an attacker sends: each differs from a sound token in one thing."""
    head, body, signature = token.split(".")
    admin = {**claims, "role": "admin"}
    for name in ("none", "None", "NONE", "nOnE"):
        unsigned = f"{part({**header, 'alg': name})}.{part(admin)}"
        yield f"alg {name}, no signature", f"{unsigned}."
        yield f"alg {name}, an old signature", f"{unsigned}.{signature}"
    yield "tampered claims", f"{head}.{part(admin)}.{signature}"
    yield "tampered claims, no signature", f"{head}.{part(admin)}."
    yield "tampered signature", f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    yield "cut signature", token[:-1]
    yield "no signature", f"{head}.{body}"
    past = int(time.time()) - 10
    yield "expired", jwt.encode({**claims, "iat": past - 60, "exp": past}, secret, "HS256")
    yield "expired a month ago", jwt.encode({**claims, "exp": past - 30 * 24 * 3600}, secret, "HS256")
    yield "without an expiry", jwt.encode({name: claims[name] for name in claims if name != "exp"}, secret, "HS256")
    yield "of another key", jwt.encode(admin, OTHER_KEY, "HS256", headers={"kid": header.get("kid")})
    yield "of a key that its kid names", jwt.encode(admin, OTHER_KEY, "HS256", headers={"kid": OTHER_KEY})
    yield "of a file that its kid names", signed_with_nothing(admin, "../../../../dev/null")
    yield "of no key", signed_with_nothing(admin, header.get("kid", ""))
    embedded = {"jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(OTHER_KEY.encode()).decode()}}
    yield "of a key in its own header", jwt.encode(admin, OTHER_KEY, "HS256", headers=embedded)
    yield "of another algorithm", jwt.encode(admin, secret, "HS512", headers={"kid": header.get("kid")})
    yield "of another issuer", jwt.encode({**claims, "iss": "elsewhere"}, secret, "HS256")
    yield "of a role that is none", jwt.encode({**claims, "role": "root"}, secret, "HS256")


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def signed_with_nothing(claims: dict[str, Any], kid: str) -> str:
    """With HMAC's empty key, which libraries refuse to sign with."""
    from jwt.algorithms import HMACAlgorithm

    signing = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{part(claims)}"
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signing.encode(), b"")
    return f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


PROBE = probe(
    title="Forged tokens are refused",
    ask=ask,
    expect=(
        Observed(of="forged-tokens", equals=401, cases=120),
        Observed(of="sound-tokens", equals=200, cases=6),
        Observed(of="token-lifetime", equals=WEEK_S, cases=2),
    ),
    claims=("SEC-JWT",),
)
