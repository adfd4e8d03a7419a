"""One probe a file. `harness drills` finds them here."""
