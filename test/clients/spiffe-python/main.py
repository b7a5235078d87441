"""A program with py-spiffe: each thing that its library can do, once, a line of JSON each."""

import json
import sys
import threading

from spiffe import JwtSource, JwtSvid, WorkloadApiClient, X509Source

client = WorkloadApiClient()
AUDIENCE = "py"


def say(step, work):
    try:
        line = {"step": step, "result": work()}
    except Exception as error:  # the library's own words are what this is about
        line = {"step": step, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(line), flush=True)


def leaf(svid):
    return {"id": str(svid.spiffe_id), "serial": str(svid.leaf.serial_number)}


def domains(bundles):
    return sorted(str(bundle.trust_domain.name) for bundle in bundles.bundles)


def jwt():
    with JwtSource() as source:
        svid = source.fetch_svid({AUDIENCE})
        bundle = source.get_bundle_for_trust_domain(svid.spiffe_id.trust_domain)
        checked = JwtSvid.parse_and_validate(svid.token, bundle, {AUDIENCE})
        validated = client.validate_jwt_svid(svid.token, AUDIENCE)
        return [str(svid.spiffe_id), str(checked.spiffe_id), str(validated.spiffe_id)]


def watch():
    source = X509Source()
    changed = threading.Event()
    source.subscribe_for_updates(changed.set)
    say("x509 source", lambda: leaf(source.svid))
    for line in sys.stdin:
        if line.strip() == "changed":
            changed.wait()
            changed.clear()
            say("x509 source", lambda: leaf(source.svid))
        if line.strip() == "x509":
            say("x509", lambda: leaf(client.fetch_x509_svid()))
    source.close()


say("x509", lambda: leaf(client.fetch_x509_svid()))
say("bundles", lambda: domains(client.fetch_x509_bundles()))
say("jwt bundles", lambda: len(client.fetch_jwt_bundles().bundles))
say("jwt", jwt)
watch()
