"""`python -m target`: see target/server.py."""

import gc
import sys

# What is made while a process starts stays, and looking for garbage in it takes a tenth of that time. Server.startup
# lets the collector loose again.
gc.disable()

from target.server import main  # noqa: E402

sys.exit(main())
