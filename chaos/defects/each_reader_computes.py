"""Nobody joins a computation that is under way: each reader who finds nothing in the cache asks the database."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.generations import CachedAnswers
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    # This process runs nothing but the spoilt target.
    CachedAnswers._load_once = CachedAnswers._load_and_store  # type: ignore[method-assign]
    return create_app(settings)


DEFECT = Defect(
    title="Each reader computes what the cache has lost",
    drill="flush-redis",
    caught_by="observed recomputations",
    spoil=serving(spoilt_app),
)
