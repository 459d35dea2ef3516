"""Keys of users' own: the class that they derive theirs from, which is a model of pydantic.

Enters: the annotations of a class, and the layers of a configuration. Leaves: the typed `Config`,
with the user's keys beside Rocket's, or an error. It is the only room whose modules import pydantic
when they are imported; a service without keys of its own imports none of them.
"""
