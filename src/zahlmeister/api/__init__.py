"""The door for programs: shops that knock, and the programs of merchants."""
