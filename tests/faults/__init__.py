"""The house under faults: processes that are killed and frozen under load, counted at the far side.

`python -m tests.faults --faults 1000 --seed 7` is the long run; the gate plays a short one.
"""
