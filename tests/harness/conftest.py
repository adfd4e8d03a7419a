"""Properties are tested without a deadline: other processes use the machine too."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
