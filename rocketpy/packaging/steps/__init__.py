"""What every step of a build uses: a cache of results, programs that are run, progress, compilers.

Enters: a step's name, what its result depends on, and the function that makes it. Leaves: the
folder with the result, made now or taken from the cache. Imports nothing of the other rooms.
"""
