import subprocess
import sys
from importlib.metadata import version


def test_python_m_benchmark_is_the_command():
    command = [sys.executable, "-m", "benchmark", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert version("oneclass-bench") in done.stdout
