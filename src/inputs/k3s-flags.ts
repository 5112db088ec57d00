import { cutGiven, type Given, splitGiven, wordsOf } from '../syntax/given.ts';
import type { K3sSetting, Secret, TailscaleFacts } from './facts.ts';
import { absentAfter, readFlagWord } from './flag-words.ts';
import { secretIn } from './secrets.ts';
import { readTailscaleFlags } from './tailscale-flags.ts';

/** Flags of a server that `k3s agent` does not have [K3s v1.31 docs, cli/server and cli/agent]. */
const SERVER_ONLY: ReadonlySet<string> = new Set(
  `advertise-address advertise-port agent-token agent-token-file cluster-cidr cluster-dns cluster-domain
   cluster-init cluster-reset cluster-reset-restore-path datastore-cafile datastore-certfile datastore-endpoint
   datastore-keyfile default-local-storage-path disable disable-agent disable-apiserver disable-cloud-controller
   disable-controller-manager disable-etcd disable-helm-controller disable-kube-proxy disable-network-policy
   disable-scheduler egress-selector-mode embedded-registry etcd-arg etcd-disable-snapshots
   etcd-expose-metrics etcd-s3 flannel-backend flannel-external-ip flannel-ipv6-masq helm-job-image
   https-listen-port kine-tls kube-apiserver-arg kube-cloud-controller-manager-arg
   kube-controller-manager-arg kube-scheduler-arg secrets-encryption secrets-encryption-provider service-cidr
   service-node-port-range servicelb-namespace supervisor-metrics system-default-registry tls-san
   tls-san-security write-kubeconfig write-kubeconfig-group write-kubeconfig-mode`.split(/\s+/),
);

/** Flags that are on or off: they take a value only after `=`. */
const BOOLEAN: ReadonlySet<string> = new Set(
  `alsologtostderr cluster-init cluster-reset debug disable-agent disable-apiserver disable-apiserver-lb
   disable-cloud-controller disable-controller-manager disable-default-registry-endpoint disable-etcd
   disable-helm-controller disable-kube-proxy disable-network-policy disable-scheduler docker
   embedded-registry enable-pprof etcd-disable-snapshots etcd-expose-metrics etcd-s3 etcd-s3-insecure
   etcd-s3-skip-ssl-verify etcd-snapshot-compress flannel-external-ip flannel-ipv6-masq help kine-tls
   no-flannel nonroot-devices prefer-bundled-bin protect-kernel-defaults rootless secrets-encryption selinux
   supervisor-metrics tls-san-security with-node-id`.split(/\s+/),
);

/** Flags of one letter, which are keys of configuration files as well. */
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['c', 'config'],
  ['d', 'data-dir'],
  ['i', 'node-ip'],
  ['l', 'log'],
  ['o', 'write-kubeconfig'],
  ['s', 'server'],
  ['t', 'token'],
]);

/** Which setting an environment variable of K3s is; hardly any flag for networks has one. */
export const K3S_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['K3S_AGENT_TOKEN', 'agent-token'],
  ['K3S_AGENT_TOKEN_FILE', 'agent-token-file'],
  ['K3S_CLUSTER_INIT', 'cluster-init'],
  ['K3S_CLUSTER_SECRET', 'cluster-secret'],
  ['K3S_CONFIG_FILE', 'config'],
  ['K3S_DATA_DIR', 'data-dir'],
  ['K3S_NODE_NAME', 'node-name'],
  ['K3S_RESOLV_CONF', 'resolv-conf'],
  ['K3S_TOKEN', 'token'],
  ['K3S_TOKEN_FILE', 'token-file'],
  ['K3S_URL', 'server'],
  ['K3S_VPN_AUTH', 'vpn-auth'],
  ['K3S_VPN_AUTH_FILE', 'vpn-auth-file'],
]);

/** Whether an agent does not know a setting. */
export function isServerOnly(name: string): boolean {
  return SERVER_ONLY.has(name) || /^etcd-(s3|snapshot)-/.test(name);
}

/** The long name of a flag or a configuration key, without dashes. */
export function longName(name: string): string {
  return LONG_NAMES.get(name) ?? name;
}

/**
 * Reads the words after `k3s server` or `k3s agent`: `--flag=value`, `--flag value`, `-t value`, and booleans,
 * whose value is then `true` at the flag itself. Words that are no flag are left out.
 */
export function readK3sFlags(words: readonly Given[]): K3sSetting[] {
  const settings: K3sSetting[] = [];
  for (let index = 0; index < words.length; index++) {
    const flag = readFlagWord(words[index]!);
    if (flag.kind === 'end') break;
    if (flag.kind !== 'flag') continue;
    const setting = { name: longName(flag.name), key: flag.key, append: false };
    if (flag.value) {
      settings.push({ ...setting, value: flag.value });
    } else if (BOOLEAN.has(setting.name)) {
      settings.push({ ...setting, value: { text: 'true', span: flag.key } });
    } else {
      const next = words[index + 1];
      // At the end, or before another flag, the value was lost: what it was to be is not known.
      const value = next && readFlagWord(next).kind !== 'flag' ? next : undefined;
      settings.push({ ...setting, value: value ?? absentAfter(flag.key) });
      if (value) index++;
    }
  }
  return settings;
}

/**
 * Reads K3s' own Tailscale integration: `name=tailscale,joinKey=…[,controlServerURL=…][,extraArgs=…]`.
 *
 * It accepts routes and advertises the node's pod CIDR, which Kubernetes assigns when the node joins, so that it
 * is computed here [K3s v1.31, pkg/vpn/vpn.go and pkg/agent/flannel/setup.go].
 */
export function readVpnAuth(value: Given): {
  readonly tailscale: TailscaleFacts;
  readonly hostname?: Given;
  readonly secrets: readonly Secret[];
} {
  const parts = splitGiven(value, ',');
  // `extraArgs` stands last: a comma in it is its own.
  const extraAt = parts.findIndex((part) => valueFor(part, 'extraArgs') !== undefined);
  const extra = extraAt < 0 ? undefined : cutGiven(value, 'extraArgs=')?.[1];
  const flags = readTailscaleFlags(extra ? wordsOf(extra) : [], 'vpn-auth', value.span);
  const keys = (extraAt < 0 ? parts : parts.slice(0, extraAt)).flatMap(
    (part) => valueFor(part, 'joinKey') ?? [],
  );
  const ownPods = { prefix: { text: undefined, span: value.span }, redundant: false };
  return {
    tailscale: {
      ...flags.tailscale,
      complete: flags.tailscale.complete && value.text !== undefined,
      mode: 'kernel',
      acceptRoutes: { on: true, span: value.span },
      advertise: [ownPods, ...flags.tailscale.advertise],
    },
    ...(flags.hostname && { hostname: flags.hostname }),
    secrets: [...keys.flatMap((key) => secretIn(key, 'a Tailscale auth key')), ...flags.secrets],
  };
}

/** The value of one `key=value`. */
function valueFor(part: Given, key: string): Given | undefined {
  const cut = cutGiven(part, '=');
  return cut?.[0].text === key ? cut[1] : undefined;
}
