"""What stands in AWS, one module a stack: `data` in the stage's region, `edge` in us-east-1."""
