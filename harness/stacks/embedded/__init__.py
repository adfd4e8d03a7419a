"""The embedded stack: every server a child process on loopback, in a run-scoped folder, dead when the harness is."""
