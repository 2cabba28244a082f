"""A package that is not installed."""

import no_such_package

MODEL = no_such_package.Model()
