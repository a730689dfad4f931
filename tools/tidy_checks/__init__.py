"""The checks of tools/tidy: each is a function from a Tree to findings ("path:line: what is wrong")."""
