"""What can go wrong, on purpose: faults, drills that use them, and the defects that prove the drills."""
