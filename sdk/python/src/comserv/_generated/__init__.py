"""Types out of openapi.json, written by ``npm run generate``."""
