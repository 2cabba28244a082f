"""Functions for workers, in a module that they can import."""

import os


def halve(number):
    return number / 2


def leave(code):
    os._exit(code)


def jot(argument):
    """Append a name to a log, then end the process where that is asked for; return the name."""
    log, name, leaves = argument
    with open(log, "a") as file:
        file.write(name)
    if leaves:
        os._exit(9)
    return name
