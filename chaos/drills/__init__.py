"""One drill a file, as `DRILL`; its name is the file's. See docs/adding-a-drill.md."""
