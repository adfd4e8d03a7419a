"""`python -m harness.upstream`: serves on HOST (default 127.0.0.1) and PORT until SIGTERM or SIGINT."""

import os

import uvicorn

from harness.upstream.app import create_app

if __name__ == "__main__":
    uvicorn.run(
        create_app(),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ["PORT"]),
        # An answer that is cut short on purpose is an error in the server's eyes, each with a traceback.
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
