"""The parts that a service is put together from, as the settings have them."""
