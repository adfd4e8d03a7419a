"""The kinds of stack: embedded (child processes), remote (a URL); each behind harness.stack's protocol."""
