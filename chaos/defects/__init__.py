"""One defect a file, as `DEFECT`: a bug seeded into the target or its configuration that a drill must catch."""
