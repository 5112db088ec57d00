/** Keys that only K3s (and RKE2) has at the top of a file. */
const DISTINCTIVE =
  /^["']?(flannel-(backend|iface|conf|cni-conf|external-ip|ipv6-masq)|cluster-(cidr|dns|domain|init)|service-(cidr|node-port-range)|node-(ip|external-ip|name|label|taint)|tls-san|write-kubeconfig(-mode|-group)?|vpn-auth(-file)?|kubelet-arg|kube-(apiserver|controller-manager|scheduler|proxy)-arg|disable-(network-policy|kube-proxy|cloud-controller|helm-controller)|advertise-address|egress-selector-mode|secrets-encryption|default-local-storage-path|datastore-endpoint|etcd-(expose-metrics|s3|snapshot-[\w-]+)|embedded-registry|agent-token|token-file|with-node-id|prefer-bundled-bin)\+?["']?[ \t]*:/m;
/** Keys that other programs have too: they count where the path says K3s. */
const SHARED = /^["']?(server["']?[ \t]*:[ \t]*["']?https:|(token|disable)\+?["']?[ \t]*:)/m;
/** Kubernetes objects and ConfigMaps, k3OS, kubeconfigs, and RKE2, which shares most of the keys. */
const OTHER = /^["']?(apiVersion|kind|k3os|cni|clusters|contexts)["']?[ \t]*:/m;

/** Whether a file is a configuration file of K3s, by its path and its top-level keys; does not parse it. */
export function looksLikeK3sConfig(path: string, text: string): boolean {
  const [, stem] = /^(.*)\.ya?ml(\.(j2|tpl|tmpl|tftpl))?$/i.exec(path) ?? [];
  if (stem === undefined || /rke2/i.test(path)) return false;
  const isNamedConfig = /(^|\/)config(\.ya?ml\.d\/[^/]+)?$/i.test(stem);
  const isInK3s = /k3s|(^|\/)rancher(\/|$)/i.test(path);
  if (!isNamedConfig && !isInK3s) return false;
  if (!DISTINCTIVE.test(text) && !(isNamedConfig && isInK3s && SHARED.test(text))) return false;
  return !OTHER.test(text);
}
