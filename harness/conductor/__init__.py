"""The conductor: takes a drill and a stack, and leaves a run. With the command, the only one that sees all rooms."""

from harness.conductor.conduct import Conducted, Show, conduct
from harness.conductor.drawing import Drawing

__all__ = ["Conducted", "Drawing", "Show", "conduct"]
