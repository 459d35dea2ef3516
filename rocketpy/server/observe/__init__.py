"""What a running service shows of itself: access log, metrics, probes, the health port.

Enters: an application and its configuration, from `launch`; what the main loop and the engine
report (see `rocketpy.server.protocols.Observer`).
Leaves: the application, instrumented where the configuration asks for it; records in the log.
"""
