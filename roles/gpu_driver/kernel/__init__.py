"""The host's kernel beside the driver: held with it, with the headers that DKMS builds against."""
