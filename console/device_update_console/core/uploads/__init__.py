"""Packages on their way to services: files, manifests, inspection and import, and building one."""
