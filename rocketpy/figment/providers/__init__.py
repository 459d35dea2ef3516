"""Providers: what a figment takes its values from, one file for each kind of source.

Enters: the path of a file or its text (`toml`, `json`, `yaml`, all based on `text_file`), the
variables of the process (`env`), or Python data (`serialized`). Leaves: the values for each profile
as plain data, and the description of the source with its way of spelling keys; or an `Error`.
"""
