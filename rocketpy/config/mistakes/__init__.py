"""What people get wrong in a configuration, and what to write instead.

Enters: an error, or the layers of a configuration and the shape of its keys. Leaves: the remedy
of an error; and mistakes that are no errors, since Rocket says nothing of them: a key, a variable,
a table or a file that nothing reads. `launch` warns of these, `check --strict` refuses them.
"""
