"""Runs: identity, directory, record, verification."""
