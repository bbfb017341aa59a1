"""Random histories of one flow, told twice: to hygge and to a model of the truth."""
