"""What synflow is measured against, and the ends of the line: back end and load generator, one process each."""
