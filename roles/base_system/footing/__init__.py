"""What everything after stands on: a clock that dates can be judged by, a name without DNS."""
