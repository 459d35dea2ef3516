"""A plugin of pytest: in Falcon's own tests, `falcon.App` is `rocketpy.App`."""

from __future__ import annotations

import os
import sys

import falcon.app
import falcon.testing.client

import rocketpy


def pytest_configure() -> None:
    """Exchange the class wherever the tests find it; and read no configuration of this machine."""
    for name in list(os.environ):
        if name.upper().startswith("ROCKET_"):
            del os.environ[name]
    original = falcon.App
    for module in [module for name, module in sys.modules.items() if name.startswith("falcon")]:
        if vars(module).get("App") is original and module.__name__ != "falcon.inspect":
            vars(module)["App"] = rocketpy.App
