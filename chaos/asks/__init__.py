"""What drills ask while a fault is in effect, and what they say they saw: the drills themselves hold no logic."""
