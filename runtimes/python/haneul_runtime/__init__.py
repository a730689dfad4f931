"""Runtime client of Python functions inside Haneul's sandbox (AWS Lambda Runtime API, 2018-06-01)."""
