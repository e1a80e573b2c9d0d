"""HTTP/1 without I/O: strict heads, bodies, and what a proxy changes in them. Source: RFC 9110, RFC 9112."""
