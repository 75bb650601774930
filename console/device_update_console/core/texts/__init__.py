"""Texts in the person's language: the catalogue, formats, and the words for the service's codes and sentences."""
