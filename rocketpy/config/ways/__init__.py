"""The ways in which `ROCKET_*` variables give keys: Rocket's, `__`, `_FILE`, a folder of secrets.

Enters: the variables of the process and the shape of the keys that are read. Leaves: what each
variable is (also that nothing reads it), and the providers of what they say.
"""
