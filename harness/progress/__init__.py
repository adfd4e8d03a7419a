"""What a person may follow while a drill runs: on a terminal, in plain lines, or not at all."""
