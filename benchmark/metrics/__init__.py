"""Metrics and statistics: functions over arrays that know of no board."""
