"""Which drills the stacks that the harness starts can do, told from the classes: nothing is started."""

from harness.cli.options import COMPOSE, EMBEDDED
from harness.drill import Drill
from harness.stack import Harmable
from harness.stacks.compose.stack import ComposeStack
from harness.stacks.embedded.stack import EmbeddedStack

KINDS: dict[str, type[object]] = {EMBEDDED: EmbeddedStack, COMPOSE: ComposeStack}


def fits(drill: Drill, kind: str) -> bool:
    """Whether a stack of this kind has all that the drill's faults want."""
    return all(has(KINDS[kind], fault.wants) for fault in drill.faults)


def kinds_for(drill: Drill) -> list[str]:
    return [kind for kind in KINDS if fits(drill, kind)]


def has(kind: type[object], protocol: type[object]) -> bool:
    """What any stack has that can be harmed, they have; the rest are methods, of which a class can be asked."""
    return all(hasattr(kind, name) for name in set(dir(protocol)) - set(dir(Harmable)) if not name.startswith("_"))
