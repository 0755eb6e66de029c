"""The only package that builds adapters and joins them: one function for each service."""
