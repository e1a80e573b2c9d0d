"""The dashboard of frps. Loaded only with a web port."""
