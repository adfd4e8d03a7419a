"""The checks: pure functions from a run to a finding, one file each. `judge` asks them all."""
