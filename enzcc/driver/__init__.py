"""The command line: what stands in for `cc`. The door is `enzcc.driver.main`.

What runs for a file without markers (main, command, options, toolchain, process) imports almost
nothing, since the start of Python is all that such a file pays; tests/driver keeps it so.
"""
