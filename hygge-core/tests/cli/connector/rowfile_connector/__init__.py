"""A stranger's connector for the command line's tests: a home that other processes can read, too."""
