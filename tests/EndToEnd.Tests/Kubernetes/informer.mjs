// Says what an informer of @kubernetes/client-node makes of one server's HTTPRoutes, a line for each thing it is told. Arguments: folder of the
// package, server, namespace, name of the route. Runs until it is killed.
import { createRequire } from 'node:module';

// The package's HTTP client is written for Node 22.19. What it misses in 20: two functions that it only looks for, and one that is soon written.
const node = createRequire(import.meta.url);
node('node:zlib').createZstdDecompress ??= node('node:zlib').createBrotliDecompress;
node('node:worker_threads').markAsUncloneable ??= () => {};
Promise.withResolvers ??= () => {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
};

const [folder, server, namespace, name] = process.argv.slice(2);
const k8s = await import(`${folder}/dist/index.js`);
const config = new k8s.KubeConfig();
config.loadFromClusterAndUser({ name: 'fake', server, skipTLSVerify: true }, { name: 'test' });
const api = config.makeApiClient(k8s.CustomObjectsApi);
const what = { group: 'gateway.networking.k8s.io', version: 'v1', namespace, plural: 'httproutes' };
const path = `/apis/${what.group}/${what.version}/namespaces/${namespace}/${what.plural}`;
const list = () => api.listNamespacedCustomObject({ ...what, fieldSelector: `metadata.name=${name}` });
// What makeInformer() returns, which itself knows no field selector.
const informer = new k8s.ListWatch(path, new k8s.Watch(config), list, false, undefined, `metadata.name=${name}`);
for (const event of ['add', 'update', 'delete']) {
  informer.on(event, (route) => console.log(event, route.metadata.name, route.spec.rules[0].backendRefs.map((backend) => backend.weight).join('/')));
}
informer.on('error', (error) => {
  console.log('error', error.statusCode ?? error.code ?? error.message);
  setTimeout(() => informer.start(), 100);
});
informer.on('connect', () => console.log('connect'));
await informer.start();
