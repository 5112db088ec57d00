import { isPodPrefix } from '../cluster/claims.ts';
import type { Cluster, Node } from '../cluster/model.ts';
import { listed } from '../diagnostics/wording.ts';
import type { Container } from '../inputs/facts.ts';
import type { Rule } from './rule.ts';

/** The container's default is userspace: the host gets no route at all [Tailscale 1.98, cmd/containerboot/settings.go]. */
export const userspaceTailscale: Rule = {
  id: 'userspace-tailscale',
  summary: "a node's Tailscale container that gives the host no routes",
  severity: 'error',
  *check(cluster) {
    for (const node of cluster.nodes) {
      if (node.containers.length === 0 || !(node.isK3s || advertisesPods(node, cluster))) continue;
      for (const container of node.containers) yield* userspaceIn(container);
    }
  },
};

function advertisesPods(node: Node, cluster: Cluster): boolean {
  return cluster.runsK3s && cluster.routes.some((route) => route.node === node && isPodPrefix(route));
}

function* userspaceIn({ service, official, environment, complete, networkMode, carriesK3s, tun }: Container) {
  const userspace = environment.findLast(({ name }) => name.value === 'TS_USERSPACE');
  const value = userspace?.value.text;
  // Unset is true; Go's strconv.ParseBool decides what else is false.
  const isUserspace = userspace
    ? value !== undefined && !/^(0|f|F|false|False|FALSE)$/.test(value)
    : complete && official;
  const isApart =
    !carriesK3s && !(networkMode && (networkMode.text === undefined || networkMode.text === 'host'));
  const lacks = [
    ...(isUserspace ? ['TS_USERSPACE=false'] : []),
    ...(isApart ? ['network_mode host'] : []),
    ...(tun === false ? ['/dev/net/tun'] : []),
  ];
  if (lacks.length === 0) return;
  yield {
    message: `the service ${service.value} gives its host no routes without ${listed(lacks)}`,
    at: (isUserspace ? userspace?.value.span : isApart ? networkMode?.span : undefined) ?? service.span,
    absentFrom: service.span,
  };
}
