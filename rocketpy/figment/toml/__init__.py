"""TOML as Rust's `toml` 0.8.23 reads it, with the positions of keys and values.

Enters: a text. Leaves: plain data (`reader`), the document as a tree (`document`) or the places of
its keys and values (`positions`); or a `TomlError` with line, column and the crate's words.
`reader` uses `tomllib` wherever both read the same, and imports `document`, which is exact and
slower, for all other texts.
"""
