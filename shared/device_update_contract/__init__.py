"""The surfaces that devices, consoles and scripts depend on: values, messages and models, without any I/O."""
