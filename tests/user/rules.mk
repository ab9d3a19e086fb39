TESTS += tests/user/run
