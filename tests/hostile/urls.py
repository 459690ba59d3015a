"""URLs that lead inside: by address, by a name, by a name that changes its answer, by a redirect."""

NO_URLS = (
    "",
    "good.example",
    "//good.example/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://good.example",
    "ftp://good.example/",
    "ldap://good.example/",
    "dict://good.example:11211/stats",
    "jar:http://good.example!/",
    "ws://good.example/",
    "http://",
    "http:///a",
    "http://user:password@good.example/",
    "http://user@good.example/",
    "http://good.example@inside.example/",
    "http://good.example:0/",
    "http://good.example:99999/",
    "http://[::1",
    "http://[good.example]/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "http://" + "x" * 5000,
    "http://good.example\r\nX: y/",
    "http://good.example/\0",
    "http://ex\u202eample/",
    "unix:///run/x.sock",
    "http+unix://%2Frun%2Fx.sock/",
)
"""Nothing is asked."""

THIS_MACHINE = (
    "localhost",
    "127.0.0.2",
    "127.2",
    "0x7f.2",
    "0x7f000002",
    "0177.0.0.2",
    "2130706434",
    "[::1]",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[0:0:0:0:0:ffff:127.0.0.2]",
    "[64:ff9b::7f00:2]",
    "0",
    "0.0.0.0",  # noqa: S104 - compared, never bound
    "127.0.0.2.",
    "\u2460\u2461\u2466.0.0.2",
    "127\u30020\u30020\u30022",
)
"""Ways to write the address of the machine itself."""

ANSWERS = (
    "127.0.0.2",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",  # noqa: S104 - compared, never bound
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
)
"""What the name of an attacker resolves to: this machine, the network around it, servers of metadata."""
