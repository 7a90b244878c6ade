"""The texts of all letters, one file per language, and how one is found and checked."""
