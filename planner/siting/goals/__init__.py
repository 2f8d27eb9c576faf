"""What a plan is to achieve, in one step or in phases -> siting problems, and plans from them."""
