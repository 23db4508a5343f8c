"""The paper mill: business papers drawn from a seed, with their truth.

It exists because mail is private: demonstrations, tests, benchmarks and the training of what ships
need stacks of paper that belong to nobody. `stacks.draw_stack` is the front door. Whatever is
drawn here is invented: the companies carry identifiers that are valid in form only.
"""
