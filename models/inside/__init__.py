"""What runs inside a sandboxed child, and nowhere else.

Modules of this package import the C and C++ libraries that parse untrusted bytes. Only the
sandbox's template loads them; workers name their functions by string (`models.sandbox`).
"""
