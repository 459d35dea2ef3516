"""Files from the network, each checked against a digest before it is used.

Enters: a pinned file (`pins`), or a project and a version that pip's index knows (`package_index`,
which reads pip's own configuration). Leaves: the path of a file with exactly the expected content,
or an `UnavailableError` that names every server that was tried. `archives` unpacks such files.
Imports nothing of the other rooms.
"""
