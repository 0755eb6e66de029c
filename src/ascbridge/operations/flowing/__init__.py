"""How all of it flows: the flow map, paces, what is paused, held, strange, silent or wrong, and the balance."""
