"""TLS of the balancer: whose certificate it shows, how it is kept, how it is verified."""
