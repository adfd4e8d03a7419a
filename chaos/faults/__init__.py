"""One fault a file. Adding one is adding a file here: see docs/adding-a-fault.md."""
