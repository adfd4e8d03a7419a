"""The way to Redis: where it is, and one connection that every request shares."""
