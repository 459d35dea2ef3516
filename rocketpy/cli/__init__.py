"""The command `rocketpy`: one file for each of its commands.

What enters: the arguments of a command line, and the folder and environment of the process.
What leaves: text on standard output and standard error, and an exit code (`common/exit_codes.py`).
A command parses its options, calls the room that does the work, and prints the result; `loading`
imports the application that `module:app` names, and `table` lays out text in columns.
"""
