"""What every test runs under."""

from hypothesis import settings

# A loaded machine is no defect: nothing in a test is timed
settings.register_profile("infra", deadline=None)
settings.load_profile("infra")
