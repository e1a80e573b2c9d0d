"""Load tools and services, each a process of its own started with `python -m bench_lib.tools.NAME`.

A tool prints JSON objects, one a line. It measures its slice itself, the CPU time of the watched processes included,
so that nothing depends on how soon the bench is woken.
"""
