"""Operations: what can be done, one transaction each.

The web, the workers and the command line call these and nothing below them.
"""
