"""What is asked of every server under measurement, as rocketpy serves it."""

import plain

import rocketpy

app = plain.with_routes(rocketpy.App())
