"""The administration API (contract section 5): its models and endpoints, one truth for service and front ends."""
