"""What clients do: one journey a file, each also a plain locustfile."""
