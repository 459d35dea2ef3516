"""What Config means to waitress: the listener, the threads, signals and the drain.

`bind` makes the listener, `serve` answers on it until a signal ends it. Importing this room costs
next to nothing; waitress itself is imported when serving begins.
"""

from rocketpy.server.listener import ListenError, address_of, bind
from rocketpy.server.process.serve import serve

__all__ = ["ListenError", "address_of", "bind", "serve"]
