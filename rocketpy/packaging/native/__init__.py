"""Native code around the interpreter: pydantic-core, the launcher, the packed form.

Enters: a compiled CPython and the extension modules that an application needs. Leaves: the
launcher, one static executable without an application (`pyoxidizer`), to which `append_segment`
adds the application's bundle and which `packed` compresses. `pydantic_core` compiles the one
native package that is linked in; `distribution` writes the archive that PyOxidizer reads.
Imports `interpreter`, `fetch` and `steps`.
"""
