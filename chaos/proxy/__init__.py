"""The fault proxy: TCP between an app and what it depends on, harmed on purpose. See docs/fault-proxy.md."""
