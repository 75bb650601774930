"""Reading packages: cabinets, their manifests and what is wrong with them, all of it in a separate worker process."""
