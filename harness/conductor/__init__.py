"""The conductor: takes a drill and a stack, and leaves a run. With the command, the only one that sees all rooms."""

from harness.conductor.conduct import Conducted, conduct

__all__ = ["Conducted", "conduct"]
