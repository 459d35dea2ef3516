"""The routes that every server under measurement has, as rocketpy serves them."""

import plain

import rocketpy

app = plain.with_routes(rocketpy.App())
