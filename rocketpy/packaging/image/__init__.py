"""A container image from scratch: the executable, Rocket.toml and profiles/, nothing else.

Enters: an executable and the folder of its project. Leaves: the image as bytes in docker's archive
format (`image`, which `archive` writes), and the image in an engine that is installed here
(`container_engine`). No engine is needed to make one.
"""
