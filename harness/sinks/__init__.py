"""The receiving side of what the target tells: errors as to Sentry, spans as to a collector, pushed metrics.

`python -m harness.sinks` is one process that speaks the three protocols for real and keeps what arrived as JSON
lines. It imports nothing of the harness but the clock: it must start at once, and pyarrow alone would take longer.
"""
