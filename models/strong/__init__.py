"""The strong reader: a second, better and dearer reading of the pages that deserve one.

rules          which pages deserve it, and which of two readings is believed
reader         one shared process for all workers of this machine, started when first needed
process        that process from inside
drawing        the page as the strong reader sees it, drawn in a disposable child
strengthening  a page of a file, from its first reading to its better one
"""
