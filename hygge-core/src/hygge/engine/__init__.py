"""The order of a run: lease, recover, preflight, plan, stage, seal, commit, journal, reconcile."""
