"""Learning the shipped artefacts from drawn paper alone: `bannette train`.

Nothing of anybody's mail goes in. Drawn paper is tidier and more uniform than mail, so that what is
learnt starts from weights set by hand and is taught on pages that have lost a part of what they say.
"""
