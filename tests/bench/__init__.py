"""Benchmarks, each a command: `python3 -m tests.bench NAME`. They report; they never assert."""
