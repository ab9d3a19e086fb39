TESTS += tests/house/run
