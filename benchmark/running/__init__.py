"""From a request to outcomes: the plan, the one way to run it, the processes that do it."""
