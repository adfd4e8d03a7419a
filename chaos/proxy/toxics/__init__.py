"""One toxic a file; the file's name is its type. Adding one is adding a file here: see docs/fault-proxy.md."""
