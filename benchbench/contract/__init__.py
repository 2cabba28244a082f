"""The plugin contract as checks: small functions of what is checked, each with a name and a finding.

`subjects` says what is to be checked for a name, and by which checks; `look` makes one check, `examine` all of them.
"""
