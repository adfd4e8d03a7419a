"""Tools that read the project's files: finding them, and running them to their end."""
