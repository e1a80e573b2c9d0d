"""HTTP/2 without I/O, over h2: heads as HTTP/1 knows them, bodies that wait for windows. Source: RFC 9113."""
