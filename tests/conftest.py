"""What every test runs under."""

from hypothesis import settings

# A loaded machine is no defect: nothing in a test is timed
settings.register_profile("quick", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("quick")
