"""`python -m harness.sinks`: HOST (default 127.0.0.1), PORT and SINKS_FOLDER come from the environment."""

import os
import sys
from pathlib import Path

import uvicorn

from harness.sinks.app import create_app


def main() -> int:
    """Serve until told to stop. Exit status 2: PORT or SINKS_FOLDER is missing or no good."""
    folder, port = os.environ.get("SINKS_FOLDER", ""), os.environ.get("PORT", "")
    if not folder or not port.isdecimal():
        sys.stderr.write("harness.sinks: set SINKS_FOLDER to a folder, and PORT to a port\n")
        return 2
    uvicorn.run(
        create_app(Path(folder)),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(port),
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
