"""`python -m target`: see target/server.py."""

import sys

from target.server import main

sys.exit(main())
