"""The figures of RESULTS.md, measured here: `python -m benchmarks [NAME...]`, one file a benchmark.

Absolute times depend on the machine; what is required is a ratio within one run wherever it can be.
"""
