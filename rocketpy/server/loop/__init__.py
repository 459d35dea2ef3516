"""Moving bytes: sockets and threads, and nothing about HTTP, which is `http/`.

Enters: listening sockets, an application, settings, the main thread's calls (look, drain, leave).
Leaves: requests answered on their connections; reports to an `Observer`; whether the end has come.
One thread, the leader, waits for all sockets and runs handlers itself; another takes the lead when
a handler blocks (`engine`, `leader_followers`). A connection is a state machine (`states`,
`connection`), and what may go on for how long is in `deadlines` and `drain`.
"""
