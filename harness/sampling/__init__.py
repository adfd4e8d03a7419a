"""Sampling: what each server says of itself, read from outside while a drill runs."""
