"""What the server holds between runs of a page: districts, plans, desks, scenarios, runs."""
