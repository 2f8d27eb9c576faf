"""One module a step, in the order of their numbers; a step is never changed once released."""
