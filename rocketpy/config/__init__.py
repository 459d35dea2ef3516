"""Rocket's vocabulary: what its keys and the user's own mean, and what each value is.

Enters: the files, variables and defaults of a process, as layers of a figment (`sources`, `ways/`).
Leaves: a typed `Config`, or an error; where each value is from (`explain`, `dump`), without secrets
(`secrets`, `masking`); and the report of all errors (`report`). `keys/` has the type of each key,
`mistakes/` what is written and nothing reads. `config` and `settings_class` import pydantic, and
they alone: whatever reads only the layers or Rocket's keys starts without it.
"""
