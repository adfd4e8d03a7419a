"""The command `harness`: one file a command in commands/."""
