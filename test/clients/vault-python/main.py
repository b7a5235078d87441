"""A program with hvac, the usual Python client."""

import json
import os

import hvac


def say(step, work):
    """Prints one line of JSON: what was done, and what came of it."""
    try:
        print(json.dumps({"step": step, "result": work()}))
        return True
    except Exception as error:  # the library's own words are what this is about
        print(json.dumps({"step": step, "error": f"{type(error).__name__}: {error}"}))
        return False


client = hvac.Client(url=os.environ["VAULT_ADDR"], token="", verify=os.environ["VAULT_CACERT"])
kv = client.secrets.kv.v2


def login():
    reply = client.auth.kubernetes.login(role=os.environ["ROLE"], jwt=os.environ["JWT"])
    return reply["auth"]["policies"]


if say("login", login):
    say("write", lambda: kv.create_or_update_secret("app", {"password": "hunter2"})["data"]["version"])
    say("read", lambda: kv.read_secret_version("app", raise_on_deleted_version=True)["data"]["data"])
    say("read what is not there", lambda: kv.read_secret_version("nosuch", raise_on_deleted_version=True))
    say("read what is forbidden", lambda: kv.read_secret_version("other", raise_on_deleted_version=True))
    say("renew", lambda: client.auth.token.renew_self(increment=60)["auth"]["renewable"])
    wrapped = client.adapter.get("/v1/secret/data/app", wrap_ttl="1m")
    token = wrapped["wrap_info"]["token"]
    say("unwrap", lambda: client.sys.unwrap(token)["data"]["data"])
    say("unwrap again", lambda: client.sys.unwrap(token))
    say("revoke", lambda: client.auth.token.revoke_self() and None)
    say("use what is revoked", lambda: client.auth.token.lookup_self())
