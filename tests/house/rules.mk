TESTS += tests/house/run tests/house/readme
