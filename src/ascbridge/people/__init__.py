"""Who it is about: keys, persons, NHS numbers, links, restriction, and the only ways to seal and to open."""
