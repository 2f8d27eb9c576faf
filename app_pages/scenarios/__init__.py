"""The panel of scenarios, and what is told of the open one."""
