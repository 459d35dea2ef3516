"""The static executable of a service, and its container image; never part of an executable.

Enters: a project's folder and the name of its application. Leaves: one executable with its licences
and its bill of materials (`executable.build`), and an image from scratch (`image.image.image`).
Rooms, in the order of their imports: `fetch`, `interpreter`, `native`, `modules`, `image`. Every
failure is a `BuildError`.
"""


class BuildError(Exception):
    """The executable or the image cannot be made; the message says why and what to do."""
