"""Images for docker-compose.yml where there is no registry: `python -m harness.images`, or `make images`.

The official images have stand-ins here, made from Debian's packages; the target's and the harness's own are built
from this checkout. Each carries the hash of what it was made of: none is built twice, and none is used when it is old.
"""

from harness.images.build import build_all
from harness.images.freshness import State, refuse_stale, states, version_of
from harness.images.recipes import PROJECT

__all__ = ["PROJECT", "State", "build_all", "refuse_stale", "states", "version_of"]
