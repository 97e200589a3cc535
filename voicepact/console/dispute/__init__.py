"""A dispute as whoever decides it reads it: both sides, what they brought forward, and what they did before."""
