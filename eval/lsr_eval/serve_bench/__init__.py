"""The service under load, beside the engine that it stands on."""
