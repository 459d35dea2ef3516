"""The keys of Rocket and rocketpy: a file for each key's type, and the table of all keys (`table`).

Enters: a `Value` of a figment, with its source. Leaves: the key's typed value, or an `Error` with
the words that Rocket has for it, the place and the remedy; and how the value is printed at launch
and in dumps. Nothing here imports pydantic until a class of settings is made.
"""
