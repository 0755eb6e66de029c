"""Measures a real bridge on this machine, each figure beside what the machine itself can do in the same
run.
"""
