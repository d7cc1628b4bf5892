"""Hosts on this machine that are reached, deployed and checked like a rack's."""
