# Says what python3-kubernetes' Watch makes of one server's HTTPRoutes, a line for each event. Arguments: server, namespace, name of the route, and how many
# events to wait for.
import sys

from kubernetes import client, watch

server, namespace, name, events = sys.argv[1:5]
configuration = client.Configuration()
configuration.host = server
api = client.CustomObjectsApi(client.ApiClient(configuration))
left = int(events)
follower = watch.Watch()
stream = follower.stream(
    api.list_namespaced_custom_object, "gateway.networking.k8s.io", "v1", namespace, "httproutes",
    field_selector=f"metadata.name={name}", timeout_seconds=1, allow_watch_bookmarks=True)
try:
    for event in stream:
        backends = event["object"].get("spec", {}).get("rules", [{}])[0].get("backendRefs", [])
        print(event["type"], "/".join(str(backend["weight"]) for backend in backends), flush=True)
        left -= 1
        if left == 0:
            follower.stop()
except client.ApiException as error:
    print("ApiException", error.status, flush=True)
