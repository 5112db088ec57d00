import type { Finding } from '../diagnostics/finding.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Container } from '../inputs/facts.ts';
import { textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

/** What the container's start program and tailscaled read [Tailscale 1.98, cmd/containerboot and envknob]. */
const VARIABLES = new Set(
  `TS_ACCEPT_DNS TS_ALLOW_ADMIN_CONSOLE_REMOTE_UPDATE TS_API_CLIENT_ID TS_API_CLIENT_SECRET TS_API_KEY
   TS_ASSUME_NETWORK_UP_FOR_TEST TS_AUDIENCE TS_AUTHKEY TS_AUTHKEY_FILE TS_AUTH_KEY TS_AUTH_ONCE TS_BASE_URL
   TS_BE_CLI TS_BOOT_TIMEOUT TS_CERT_DOMAIN TS_CERT_SHARE_MODE TS_CLIENT_ID TS_CLIENT_SECRET TS_CONTROL_URL TS_DEST_IP
   TS_DISABLE_PORTMAPPER TS_DISABLE_SSH_SERVER TS_DISABLE_TAILDROP TS_DISABLE_UPNP
   TS_EGRESS_PROXIES_CONFIG_PATH TS_EGRESS_SERVICES_CONFIG_PATH TS_ENABLE_HEALTH_CHECK TS_ENABLE_METRICS
   TS_ENABLE_RAW_DISCO TS_EXTRA_ARGS TS_FORCE_LINUX_BIND_TO_DEVICE TS_FORCE_NOISE_443
   TS_HEALTHCHECK_ADDR_PORT TS_HOSTNAME TS_ID_TOKEN TS_INGRESS_PROXIES_CONFIG_PATH TS_INTERNAL_APP
   TS_KUBERNETES_READ_API_SERVER_ADDRESS_FROM_ENV TS_KUBE_SECRET TS_LOCAL_ADDR_PORT TS_LOGS_DIR
   TS_LOG_TARGET TS_LOG_VERBOSITY TS_NO_LOGS_NO_SUPPORT TS_OUTBOUND_HTTP_PROXY_LISTEN
   TS_PANIC_IF_HIT_MAIN_CONTROL TS_PERMIT_CERT_UID TS_PORT TS_PORTLIST TS_ROUTES TS_SERVE_CONFIG TS_SOCKET
   TS_SOCKS5_SERVER TS_SSH_DISABLE_FORWARDING TS_SSH_DISABLE_PTY TS_SSH_DISABLE_SFTP TS_STATE TS_STATE_DIR
   TS_TAILNET TS_TAILNET_TARGET_FQDN TS_TAILNET_TARGET_IP TS_TAILSCALED_EXTRA_ARGS TS_TUN_DISABLE_TCP_GRO
   TS_TUN_DISABLE_UDP_GRO TS_USERSPACE TS_USE_CACHED_NETMAP`.split(/\s+/),
);

/** The variables with these beginnings come and go. */
const FAMILIES = ['TS_DEBUG', 'TS_EXPERIMENTAL_', 'TS_TEST_'];

/** What people expect to exist; all of it is said in `TS_EXTRA_ARGS`. */
const FLAGS_ONLY = new Set(
  `TS_ACCEPT_ROUTES TS_ADVERTISE_CONNECTOR TS_ADVERTISE_EXIT_NODE TS_ADVERTISE_TAGS TS_EXIT_NODE
   TS_EXIT_NODE_ALLOW_LAN_ACCESS TS_LOGIN_SERVER TS_SNAT_SUBNET_ROUTES TS_SSH TS_STATEFUL_FILTERING
   TS_TAGS`.split(/\s+/),
);

export const containerSetting: Rule = {
  id: 'container-setting',
  summary: 'a setting of the Tailscale container that does nothing or is lost at a restart',
  severity: 'warning',
  *check(cluster) {
    for (const { container } of cluster.nodes.flatMap((node) => node.facts)) {
      if (!container) continue;
      yield* unknownVariables(container);
      yield* appliedOnce(container);
      yield* lostState(container);
    }
  },
};

/** Other images may know other variables. */
function* unknownVariables({ official, environment }: Container): Generator<Finding, void, undefined> {
  if (!official) return;
  for (const { name } of environment) {
    if (!name.value.startsWith('TS_') || VARIABLES.has(name.value)) continue;
    if (FAMILIES.some((family) => name.value.startsWith(family))) continue;
    const meant = FLAGS_ONLY.has(name.value) ? 'TS_EXTRA_ARGS' : nearest(name.value, VARIABLES);
    const instead =
      meant === 'TS_EXTRA_ARGS'
        ? ', its flag stands in TS_EXTRA_ARGS'
        : meant
          ? `, the nearest is ${meant}`
          : '';
    yield { message: `the container knows no variable ${name.value}${instead}`, at: name.span };
  }
}

/** What matters at a login only. */
const OF_LOGIN = new Set(
  `accept-risk audience auth-key authkey client-id client-secret force-reauth hostname id-token json
   login-server qr reset timeout`.split(/\s+/),
);

/** After the first login only DNS, routes and the hostname are set again [Tailscale 1.98, cmd/containerboot/tailscaled.go]. */
function* appliedOnce({ environment }: Container): Generator<Finding, void, undefined> {
  const once = environment.findLast(({ name }) => name.value === 'TS_AUTH_ONCE');
  const extra = environment.findLast(({ name }) => name.value === 'TS_EXTRA_ARGS');
  if (!once?.value.text || !extra || !/^(1|t|T|true|True|TRUE)$/.test(once.value.text)) return;
  // The names of the flags stand there even if their values are computed.
  const text = extra.value.text ?? textOf(extra.value.span);
  const flags = [...text.matchAll(/(?<![^\s"'=])--?([a-z][a-z-]*)/g)].map((match) => match[1]!);
  if (flags.every((flag) => OF_LOGIN.has(flag))) return;
  yield {
    message: 'with TS_AUTH_ONCE a change of TS_EXTRA_ARGS is not applied to a device that has logged in',
    at: once.value.span,
    related: [{ at: extra.value.span, label: 'the arguments' }],
  };
}

/** State that is not on a volume is gone with the container: the next start is a new device without approvals. */
function* lostState({
  service,
  environment,
  mounts,
  complete,
  official,
}: Container): Generator<Finding, void, undefined> {
  const value = (name: string) => environment.findLast((each) => each.name.value === name)?.value;
  const state = value('TS_STATE_DIR');
  if (!complete || (state ? state.text === undefined : !official)) return;
  // State in a Kubernetes secret, or wherever tailscaled is told to keep it.
  if (value('TS_KUBE_SECRET') !== undefined || value('TS_TAILSCALED_EXTRA_ARGS') !== undefined) return;
  // A device that is to be gone with its container.
  if (environment.some((each) => textOf(each.value.span).includes('ephemeral=true'))) return;
  if (!state?.text) {
    yield {
      message: `the service ${service.value} has no TS_STATE_DIR and is a new device after each restart`,
      at: service.span,
    };
    return;
  }
  const folder = `${state.text.replace(/\/+$/, '')}/`;
  const isKept = mounts.some(
    ({ text }) => text === undefined || folder.startsWith(`${text.replace(/\/+$/, '')}/`),
  );
  if (!isKept)
    yield {
      message: `TS_STATE_DIR ${state.text} is on no volume, so the device is a new one after each restart`,
      at: state.span,
      absentFrom: service.span,
    };
}
