"""An instance starts as many helpers as a large machine has cores, each with the whole of the data."""

import subprocess
import sys

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

CORES = 8
EACH_MIB = 150
# Not zeros, for which the kernel gives no pages. It ends with the pipe, so with its instance.
HELPER = f"import sys; data = bytearray(b'x') * ({EACH_MIB} << 20); sys.stdin.read()"
HELPERS: list["subprocess.Popen[bytes]"] = []


def spoilt_app(settings: Settings) -> Starlette:
    HELPERS.extend(subprocess.Popen([sys.executable, "-c", HELPER], stdin=subprocess.PIPE) for _ in range(CORES))
    return create_app(settings)


DEFECT = Defect(
    title="An instance and its helpers hold more than its memory limit",
    drill="resources",
    caught_by="memory",
    spoil=serving(spoilt_app),
)
