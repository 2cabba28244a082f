"""Functions for workers, in a module that they can import."""

import os


def halve(number):
    return number / 2


def leave(code):
    os._exit(code)
