"""The application's modules: which ones go into the executable, and in what form.

Enters: a project's folder, the name of its application, and the environment with its packages.
Leaves: the included modules (`module_graph`), and the bundle with their bytecode, data files and
metadata (`bundle`). `imports` reads a source, `locations` finds modules without importing them.
`inside/` is what runs in the executable. Imports `steps`.
"""
