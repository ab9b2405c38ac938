"""One of the two clients: ``npm run generate`` makes ``_sync`` out of ``_async``."""
