"""What the live, crash and reader tests share: a server, the program, and readers that are not ours."""
