"""The harness: a drill is a value, a run is a recording, a check is a function of the recording."""
