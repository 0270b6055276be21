"""`python -m engine.cli`: the same as `synflow`."""

from engine.cli import main

main()
