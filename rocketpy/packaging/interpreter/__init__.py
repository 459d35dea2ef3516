"""CPython 3.11, compiled statically from its source, with native packages linked in.

Enters: a `Recipe` (features, trained or quick) and the objects of native packages. Leaves: a
`CPython` with its object files, a static interpreter of the same build and the standard library.
`python_source` fetches and patches, `cpython` compiles, `profile_training` trains the profile.
Four files run inside that interpreter: `describe_interpreter`, `freeze_modules`,
`dotted_builtins` and `training_traffic`. Imports `steps` and `fetch`.
"""
