"""What a person put right once is right on the sender's next paper.

`learning` makes rules from corrections and replays them, `senders` knows whose paper it is,
`applying` uses the rules; `places` and `shapes` are where values stand and what they look like,
`lists` and `lanes` the same for tables, `doubts` what speaks against a rule.
Rules are plain values of `domain.rules`; keeping them is the business of the operations.
"""

from models.memory.applying import as_sorted_before, with_rules
from models.memory.doubts import new_problems
from models.memory.learning import Example, Learnt, learn, learn_list, same
from models.memory.lists import agreement
from models.memory.places import Paper
from models.memory.senders import letterhead_of, recognise, refined, sender_of

__all__ = [
    "Example",
    "Learnt",
    "Paper",
    "agreement",
    "as_sorted_before",
    "learn",
    "learn_list",
    "letterhead_of",
    "new_problems",
    "recognise",
    "refined",
    "same",
    "sender_of",
    "with_rules",
]
