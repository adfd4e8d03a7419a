"""Disks that may be filled: a few MiB of memory, in the place of this machine's own."""

import msgspec

from harness.stacks.plan import StackPlan

MIB = 32


def for_uploads(plan: StackPlan) -> StackPlan:
    """The stack whose instances keep their uploads on a disk that is there for nothing else."""
    return msgspec.structs.replace(plan, uploads_mib=MIB)
