"""A siting problem in arrays -> the best choice, what none exceeds, or why there is none."""
