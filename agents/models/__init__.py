"""Models behind the providers' interfaces: how they are asked, and what becomes of the answer."""
