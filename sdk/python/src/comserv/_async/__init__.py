"""The client for asyncio. ``npm run generate`` makes the blocking one, ``comserv._sync``, out of this folder."""
