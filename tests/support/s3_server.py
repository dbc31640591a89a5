"""OpenStack Swift with its S3 interface, whole and in one process: the four servers of a cluster of one disk.

Arguments: a folder, four ports for proxy, account, container and object server, `conditional` or `plain`, and the names of
buckets; one whose name ends in `-versions` keeps them. `conditional`: the S3 interface lets `If-None-Match` of a PUT through to
Swift, which has always known it; this version of the interface answers 501 itself. Serves until it is ended, and goes on with
what is in the folder.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import listen, spawn, wsgi  # noqa: E402
from swift.common.middleware.s3api.s3request import S3Request  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.utils import NullLogger, validate_configuration  # noqa: E402
from swift.common.swob import Request  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

PROXY = """
[pipeline:main]
pipeline = {0} versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# The servers behind it are this process: they are slow where the machine is, and never gone.
conn_timeout = 30
node_timeout = 60
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""

STORAGE = """
[pipeline:main]
pipeline = {0}-server
[app:{0}-server]
use = egg:swift#{0}
"""


class Cache:
    """What memcached would be."""

    def __init__(self):
        self.kept = {}

    def get(self, key, *_, **__):
        return self.kept.get(key)

    def set(self, key, value, *_, **__):
        self.kept[key] = value

    def delete(self, key, *_, **__):
        self.kept.pop(key, None)


def with_cache(app):
    cache = Cache()

    def answer(env, start_response):
        env["swift.cache"] = cache
        return app(env, start_response)

    return answer


def let_conditions_through():
    validate = S3Request._validate_headers

    def without_condition(self):
        condition = self.headers.pop("If-None-Match", None)
        validate(self)
        if condition is not None:
            self.headers["If-None-Match"] = condition

    S3Request._validate_headers = without_condition


def main():
    folder, ports = sys.argv[1], [int(port) for port in sys.argv[2:6]]
    names = ["proxy", "account", "container", "object"]
    if sys.argv[6] == "conditional":
        let_conditions_through()
    devices = os.path.join(folder, "devices")
    os.makedirs(os.path.join(devices, "d1"), exist_ok=True)
    default = f"[DEFAULT]\nswift_dir = {folder}\ndevices = {devices}\nmount_check = false\nlog_udp_host =\nlog_level = ERROR\n"
    with open(os.path.join(folder, "swift.conf"), "w") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = suffix\nswift_hash_path_prefix = prefix\n"
                   "[storage-policy:0]\nname = one\ndefault = yes\n")
    import swift.common.utils as utils
    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    validate_configuration()
    for name, port in zip(names[1:], ports[1:]):
        builder = RingBuilder(4, 1, 0)
        builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0})
        builder.rebalance()
        builder.get_ring().save(os.path.join(folder, f"{name}.ring.gz"))
    def app(name, text):
        path = os.path.join(folder, f"{name}-server.conf")
        with open(path, "w") as file:
            file.write(default + text)
        return loadapp(path)

    def serve(port, app):
        return spawn(wsgi.server, listen(("127.0.0.1", port)), app, log=NullLogger(), log_output=False, max_size=64)

    for name, port in zip(names[1:], ports[1:]):
        serve(port, app(name, STORAGE.format(name)))
    # Without anybody's key.
    bare = app("bare-proxy", PROXY.format(""))
    for bucket in sys.argv[7:]:
        headers = {"X-Versions-Enabled": "true"} if bucket.endswith("-versions") else {}
        answer = Request.blank(f"/v1/AUTH_test/{bucket}", environ={"REQUEST_METHOD": "PUT"}, headers=headers).get_response(bare)
        if not answer.is_success:
            sys.exit(f"the bucket {bucket} can't be made: {answer.status} {answer.body}")
    serve(ports[0], with_cache(app("proxy", PROXY.format("catch_errors s3api tempauth")))).wait()


main()
