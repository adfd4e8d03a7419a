"""`python -m chaos.proxy`: its control on HOST (default 127.0.0.1) and PORT (default 8474) until SIGTERM or SIGINT."""

import os
import signal
import socket
import sys

import uvicorn
import uvloop

from chaos.proxy import address
from chaos.proxy.control import create_control
from chaos.proxy.proxies import Proxies


def listener() -> socket.socket:
    host, port = os.environ.get("HOST", address.LOOPBACK), os.environ.get("PORT", "8474")
    try:
        return address.bound(address.parsed(f"{host}:{port}"))
    except ValueError as error:
        sys.exit(f"HOST and PORT: {error}")
    except OSError as error:
        sys.exit(f"the control cannot listen on {host}:{port}: {error.strerror}; say another HOST or PORT")


async def serve(control: socket.socket) -> None:
    config = uvicorn.Config(
        create_control(Proxies()),
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    await uvicorn.Server(config).serve([control])


if __name__ == "__main__":
    # uvicorn raises the signal that ended it once more: by then the kernel closes whatever is still open.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvloop.run(serve(listener()))
