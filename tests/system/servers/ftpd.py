"""An FTP server of the target, for anonymous reading and writing: ftpd.py DIRECTORY"""

import logging
import socket
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

logging.basicConfig(level=logging.INFO)
authorizer = DummyAuthorizer()
authorizer.add_user("user", "secret", sys.argv[1], perm="elradfmw")
FTPHandler.authorizer = authorizer
server = socket.create_server(("::", 21), family=socket.AF_INET6, dualstack_ipv6=True)
FTPServer(server, FTPHandler).serve_forever()
