"""The external service that the target calls, as the embedded stack runs it: its manners are set from outside."""
