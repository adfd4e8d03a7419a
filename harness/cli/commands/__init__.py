"""One command a file, as `command`; its name is the file's."""
