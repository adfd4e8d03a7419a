"""Companions: processes beside a stack that hold what it needs, each run by `python -m` for a fault, until it heals."""
