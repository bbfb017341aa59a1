"""A stranger's connector for the engine's tests: a home that does as it is told."""
