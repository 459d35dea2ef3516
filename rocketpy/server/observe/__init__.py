"""What a running service shows of itself: access log, metrics, probes, the health port.

Enters: an application and its configuration, from `launch`; what the main loop and the engine
report (see `rocketpy.server.protocols.Observer`).
Leaves: the application, instrumented where the configuration says so; records in the log.
"""
