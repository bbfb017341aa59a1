"""A connector for the tests of the configuration: it describes much and moves nothing."""
