"""Drives every method of the original's library krake.client 1.0.1 against a server: library.py URL.

Prints a line for each method that worked; the first one that does not ends the program. Written for the
tests; the library itself is unmodified.
"""

import asyncio
import inspect
import sys

from krake.client import Client
from krake.client.core import CoreApi
from krake.client.infrastructure import InfrastructureApi
from krake.client.kubernetes import KubernetesApi
from krake.client.openstack import OpenStackApi
from krake.data import core, infrastructure, kubernetes, openstack

NAMESPACE = "testing"
NOW = "2024-05-01T12:00:00+00:00"


def metadata(kind, namespace):
    return {
        "name": kind.__name__.lower(),
        "namespace": namespace,
        "labels": {"from": "library"},
        "finalizers": [],
        "uid": "0",
        "created": NOW,
        "modified": NOW,
    }


KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443"}}],
    "users": [{"name": "u", "user": {"token": "t"}}],
}
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "b"}}
PROVIDER = {"type": "static", "static": {"metrics": {"m": 0.5}}}
METRIC = {"min": 0, "max": 1, "provider": {"name": "p", "metric": "m"}}
IM = {"type": "im", "im": {"url": "http://im", "token": "t"}}
CLOUD = {
    "type": "openstack",
    "openstack": {
        "url": "http://keystone",
        "auth": {
            "type": "password",
            "password": {"user": {"username": "u", "password": "p"}, "project": {"name": "p"}},
        },
        "infrastructure_provider": {"name": "im", "namespaced": False},
    },
}
APPLICATION = {
    "manifest": [CONFIG_MAP],
    "constraints": {"cluster": {"labels": ["location is DE"]}},
    # The library cannot read an application whose grace time is null.
    "shutdown_grace_time": 30,
}
PROJECT = {
    "url": "http://keystone",
    "auth": {"type": "application_credential", "application_credential": {"id": "i", "secret": "s"}},
    "template": "t",
}
ROLE = {"rules": [{"api": "core", "resources": ["roles"], "namespaces": [""], "verbs": ["get"]}]}

# API, singular and plural in method names, kind, whether it lives in namespaces, members beside the metadata.
KINDS = [
    (CoreApi, "role", "roles", core.Role, False, ROLE),
    (CoreApi, "role_binding", "role_bindings", core.RoleBinding, False, {"users": ["a"], "roles": ["r"]}),
    (CoreApi, "global_metric", "global_metrics", core.GlobalMetric, False, {"spec": METRIC}),
    (CoreApi, "metric", "metrics", core.Metric, True, {"spec": METRIC}),
    (
        CoreApi,
        "global_metrics_provider",
        "global_metrics_providers",
        core.GlobalMetricsProvider,
        False,
        {"spec": PROVIDER},
    ),
    (CoreApi, "metrics_provider", "metrics_providers", core.MetricsProvider, True, {"spec": PROVIDER}),
    (
        InfrastructureApi,
        "global_infrastructure_provider",
        "global_infrastructure_providers",
        infrastructure.GlobalInfrastructureProvider,
        False,
        {"spec": IM},
    ),
    (
        InfrastructureApi,
        "infrastructure_provider",
        "infrastructure_providers",
        infrastructure.InfrastructureProvider,
        True,
        {"spec": IM},
    ),
    (InfrastructureApi, "global_cloud", "global_clouds", infrastructure.GlobalCloud, False, {"spec": CLOUD}),
    (InfrastructureApi, "cloud", "clouds", infrastructure.Cloud, True, {"spec": CLOUD}),
    (KubernetesApi, "application", "applications", kubernetes.Application, True, {"spec": APPLICATION}),
    (
        KubernetesApi,
        "cluster",
        "clusters",
        kubernetes.Cluster,
        True,
        {"spec": {"kubeconfig": KUBECONFIG, "constraints": {"cloud": {"labels": []}}}},
    ),
    (OpenStackApi, "project", "projects", openstack.Project, True, {"spec": PROJECT}),
    (OpenStackApi, "magnum_cluster", "magnum_clusters", openstack.MagnumCluster, True, {"spec": {"node_count": 1}}),
]


def reference(api, kind, name):
    return core.ResourceRef(api=api, kind=kind, namespace=NAMESPACE, name=name)


BINDINGS = {
    "application": lambda: kubernetes.ClusterBinding(cluster=reference("kubernetes", "Cluster", "c")),
    "cluster": lambda: infrastructure.CloudBinding(cloud=reference("infrastructure", "Cloud", "c")),
    "magnum_cluster": lambda: openstack.MagnumClusterBinding(
        project=reference("openstack", "Project", "p"), template="t"
    ),
}


class Calls:
    """Calls methods of an API by name with those arguments that they have."""

    def __init__(self, api, **arguments):
        self.api = api
        self.arguments = arguments
        self.called = set()

    def has(self, name):
        return hasattr(self.api, name)

    def __call__(self, name, **more):
        method = getattr(self.api, name)
        known = inspect.signature(method).parameters
        arguments = {key: value for key, value in {**self.arguments, **more}.items() if key in known}
        self.called.add(name)
        print(type(self.api).__name__, name, flush=True)
        return method(**arguments)


async def expect(watch, event_type, name):
    async for event in watch:
        if event.object.metadata.name == name:
            assert event.type == event_type, (event.type, event_type)
            return event.object
    raise AssertionError("the watch ended")


async def story(client, api_type, singular, plural, kind, namespaced, members):
    namespace = NAMESPACE if namespaced else None
    name = kind.__name__.lower()
    status = {"status": {}} if "status" in kind.__annotations__ else {}
    body = kind.deserialize({"metadata": metadata(kind, namespace), **members, **status})
    calls = Calls(api_type(client), name=name, namespace=NAMESPACE)
    async with calls(f"watch_{plural}", heartbeat=1) as watch:
        created = await calls(f"create_{singular}", body=body)
        assert created.metadata.uid != "0" and created.metadata.namespace == namespace, created
        await expect(watch, core.WatchEventType.ADDED, name)
        listed = await calls(f"list_{plural}")
        assert [item.metadata.name for item in listed.items] == [name], listed
        read = await calls(f"read_{singular}")
        assert read == created, (read, created)
        read.metadata.labels["changed"] = "yes"
        updated = await calls(f"update_{singular}", body=read)
        assert updated.metadata.labels["changed"] == "yes" and updated.metadata.modified > read.metadata.modified
        await expect(watch, core.WatchEventType.MODIFIED, name)
        await over_all_namespaces(calls, plural, name)
        await sub_resources(calls, singular)
        deleted = await calls(f"delete_{singular}")
        # An application that was completed is marked already, without a finalizer.
        finalizers = [] if singular == "application" else ["cascade_deletion"]
        assert deleted.metadata.deleted and deleted.metadata.finalizers == finalizers, deleted
        deleted.metadata.finalizers = []
        deleted.metadata.labels["last"] = "yes"
        await calls(f"update_{singular}", body=deleted)
        while (await expect_any(watch, name)) != core.WatchEventType.DELETED:
            pass
    return calls


async def expect_any(watch, name):
    async for event in watch:
        if event.object.metadata.name == name:
            return event.type
    raise AssertionError("the watch ended")


async def over_all_namespaces(calls, plural, name):
    if calls.has(f"list_all_{plural}"):
        listed = await calls(f"list_all_{plural}")
        assert name in [item.metadata.name for item in listed.items]
    if calls.has(f"watch_all_{plural}"):
        async with calls(f"watch_all_{plural}", heartbeat=0):
            pass


async def sub_resources(calls, singular):
    if calls.has(f"update_{singular}_status"):
        read = await calls(f"read_{singular}")
        read.status.reason = core.Reason(code=core.ReasonCode.INTERNAL_ERROR, message="as a test")
        written = await calls(f"update_{singular}_status", body=read)
        assert written.metadata.modified == read.metadata.modified, "a status is no modification"
    if singular in BINDINGS:
        bound = await calls(f"update_{singular}_binding", body=BINDINGS[singular]())
        assert bound.metadata.owners, bound
    if singular == "application":
        read = await calls("read_application")
        read.status.complete_token = read.status.shutdown_token = "secret"
        await calls("update_application_status", body=read)
        await calls("update_application_shutdown", body=kubernetes.ApplicationShutdown(token="secret"))
        completed = await calls("update_application_complete", body=kubernetes.ApplicationComplete(token="secret"))
        assert completed.metadata.deleted, completed


async def main(url):
    called = {}
    async with Client(url) as client:
        for entry in KINDS:
            calls = await story(client, *entry)
            called.setdefault(entry[0], set()).update(calls.called)
    for api, names in called.items():
        methods = {name for name, _ in inspect.getmembers(api, inspect.isfunction) if not name.startswith("_")}
        assert methods == names, (api.__name__, methods ^ names)
    print("all methods worked")


asyncio.run(asyncio.wait_for(main(sys.argv[1]), 120))
