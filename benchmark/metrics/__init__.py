"""Metrics and statistics: functions of arrays, independent of boards."""
