"""Processes: which of them serve, and how they start, reload and end.

Enters: a `Service` (application, settings, listeners) and signals. Leaves: an exit code.
`serve.py` composes the room: `main_loop.py` is what the main thread of each process does,
`supervisor.py` forks the workers of `worker.py`, `reload.py` starts the service anew,
`control.py` is the pipe between parent and child, `signal_queue.py` what the main thread waits for.
"""
