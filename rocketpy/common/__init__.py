"""What both the server and the web room need, and neither may take from the other.

The service's log, exit codes, limits of bodies, client certificates, answers to probes, error
pages, and the names of what rocketpy puts into the WSGI environment.
Enters: a configuration, or plain values. Leaves: values, and records on standard output.
"""
