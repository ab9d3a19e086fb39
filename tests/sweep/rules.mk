# Experiments: grids of runs, and what is computed from a recorded reference string.
TESTS += tests/sweep/run
