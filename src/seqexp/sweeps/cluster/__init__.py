"""Sweeps on the machines of a cluster: Ray, Slurm."""
