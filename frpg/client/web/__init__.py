"""The admin interface of frpc. Loaded only with a web port."""
