"""Key files, and pyzmq sockets under them. CURVE here is libzmq's own by python3-zmq."""


def key_read(path):
    """{"name", "public", "secret", "server"} of a key file, as bytes."""
    with open(path, "rb") as file:
        lines = [line.strip().split(b": ", 1) for line in file if b": " in line and line[:1] != b"#"]
    return {name.decode(): text.strip(b'"') for name, text in lines}


def curve_under(socket, key):
    """Before it connects; None: without keys."""
    if key:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = key["public"], key["secret"], key["server"]
