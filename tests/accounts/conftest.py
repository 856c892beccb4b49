from hypothesis import settings

# How long an example takes says something of the machine, and nothing of the rules.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
