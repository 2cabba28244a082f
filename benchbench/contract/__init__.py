"""The plugin contract as checks: small functions of what is checked, each with a name and a finding.

`subjects` says what of a name is to be checked, and by which checks; `look` makes one check, `examine` all of them.
"""
