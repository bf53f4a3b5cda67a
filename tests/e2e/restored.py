#!/usr/bin/env python3
"""Turns the claim or Deployment on standard input into its restored twin, for the demo.

usage: restored.py claim SNAPSHOT | restored.py deployment
"""
import json
import sys

TWIN = "mysql-restored"


def fresh(source):
    """The object under the twin's name, without what the server added."""
    return {"apiVersion": source["apiVersion"], "kind": source["kind"], "metadata": {"name": TWIN}, "spec": source["spec"]}


def restored_claim(source, snapshot):
    claim = fresh(source)
    claim["spec"].pop("volumeName", None)
    claim["spec"]["dataSource"] = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot}
    return claim


def restored_deployment(source):
    twin = fresh(source)
    template = twin["spec"]["template"]
    template["metadata"] = {"labels": {"name": TWIN}}
    twin["spec"]["selector"] = {"matchLabels": {"name": TWIN}}
    for volume in template["spec"]["volumes"]:
        volume["persistentVolumeClaim"]["claimName"] = TWIN
    return twin


if __name__ == "__main__":
    document = json.load(sys.stdin)
    made = restored_claim(document, sys.argv[2]) if sys.argv[1] == "claim" else restored_deployment(document)
    json.dump(made, sys.stdout)
