/** A key at the top of a file. */
const KEY = /^["']?(\w[\w-]*)(\+?)["']?[ \t]*:[ \t]*["']?(https:)?/gm;

/** Keys that only K3s (and RKE2) has there. */
const DISTINCTIVE = new Set(
  `advertise-address agent-token cluster-cidr cluster-dns cluster-domain cluster-init datastore-endpoint
   default-local-storage-path disable-cloud-controller disable-helm-controller disable-kube-proxy
   disable-network-policy egress-selector-mode embedded-registry etcd-expose-metrics etcd-s3 flannel-backend
   flannel-cni-conf flannel-conf flannel-external-ip flannel-iface flannel-ipv6-masq kube-apiserver-arg
   kube-controller-manager-arg kube-proxy-arg kube-scheduler-arg kubelet-arg node-external-ip node-ip node-label
   node-name node-taint prefer-bundled-bin secrets-encryption service-cidr service-node-port-range tls-san
   token-file vpn-auth vpn-auth-file with-node-id write-kubeconfig write-kubeconfig-group
   write-kubeconfig-mode`.split(/\s+/),
);
/** Keys that other programs have too: they count where the path says K3s, as `server: https:…` does. */
const SHARED = new Set(['token', 'disable']);
/** Of Kubernetes objects and ConfigMaps, k3OS, kubeconfigs, and RKE2, which shares most of the keys. */
const OTHER = new Set(['apiVersion', 'kind', 'k3os', 'cni', 'clusters', 'contexts']);

/** Whether a file is a configuration file of K3s, by its path and its top-level keys; does not parse it. */
export function looksLikeK3sConfig(path: string, text: string): boolean {
  const [, stem] = /^(.*)\.ya?ml(\.(j2|tpl|tmpl|tftpl))?$/i.exec(path) ?? [];
  if (stem === undefined || /rke2/i.test(path)) return false;
  const isNamedConfig = /(^|\/)config(\.ya?ml\.d\/[^/]+)?$/i.test(stem);
  const isInK3s = /k3s|(^|\/)rancher(\/|$)/i.test(path);
  // In a folder of hosts one such key may be somebody else's.
  const isOfHost = /(^|\/)(hosts|nodes|machines)\//i.test(path);
  if (!isNamedConfig && !isInK3s && !isOfHost) return false;
  const distinctive = new Set<string>();
  let isShared = false;
  for (const [, name = '', append, https] of text.matchAll(KEY)) {
    if (append === '' && OTHER.has(name)) return false;
    if (isDistinctive(name)) distinctive.add(name);
    isShared ||= SHARED.has(name) || (name === 'server' && append === '' && https !== undefined);
  }
  if (isNamedConfig || isInK3s) return distinctive.size > 0 || (isNamedConfig && isInK3s && isShared);
  return distinctive.size > 1;
}

function isDistinctive(name: string): boolean {
  return DISTINCTIVE.has(name) || name.startsWith('etcd-snapshot-');
}
