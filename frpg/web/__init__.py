"""What the dashboard of frps and the admin interface of frpc have in common. Loaded only with a web port."""
