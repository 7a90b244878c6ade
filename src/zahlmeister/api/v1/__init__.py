"""The interface for programs, version 1: what the office can read and do, for programs with a key."""
