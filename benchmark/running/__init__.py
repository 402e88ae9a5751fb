"""Runs trials: a request is planned as jobs, worker processes run the jobs, each job gives an outcome."""
