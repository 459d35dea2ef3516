"""The modules that run inside an executable before the application does.

Enters: the bundle, as a view of memory, by the name `bundle` in the globals of `finder`. Leaves: an
interpreter that imports the bundle's modules, and `main` of the command that it runs. The build
compiles these files under other names (`_bundle`, `_bundle_files`); imports nothing of rocketpy.
"""
