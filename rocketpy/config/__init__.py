"""Rocket's vocabulary: what its keys and the user's own mean, and what each value is.

Enters: the files, variables and defaults of a process, as layers of a figment (`sources`, `ways/`).
Leaves: a typed `RocketConfig`, or an error; where each value is from (`explain`, `dump`), without
secrets (`secrets`, `masking`); and the report of all errors (`report`). `keys/` has the type of
each key, `mistakes/` what is written and nothing reads, `own_keys/` the class for users' own keys.
What is imported here imports no pydantic; a type that is read by it imports it then.
"""
