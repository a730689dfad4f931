"""The runtime client that runs a Python function inside Haneul's sandbox (AWS Lambda Runtime API, 2018-06-01)."""
