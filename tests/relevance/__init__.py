"""How well the search finds what people mean: judged questions about real networks."""
