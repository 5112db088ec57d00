import type { Span } from '../source/span.ts';
import type { Given } from '../syntax/given.ts';
import { givenAt, type MapTree, scalarAt, valueAt } from '../syntax/tree.ts';
import {
  type AddressFact,
  type Advertised,
  type NodeFacts,
  nodeFacts,
  type TailscaleFacts,
} from './facts.ts';
import { firstKeyOf, flagAt, givensAt, mapsAt } from './manifest-values.ts';

/** Kinds of Kubernetes objects that are read, as far as they say something of nodes and routes. */
export function readKubernetes(object: MapTree): readonly NodeFacts[] {
  const kind = scalarAt(object, 'kind')?.value;
  if (kind === 'List') return mapsAt(object, 'items').flatMap(readObject);
  // The items of a typed list carry no kind of their own [Kubernetes API conventions, types].
  if (kind === 'NodeList') return mapsAt(object, 'items').map(readNode);
  return readObject(object);
}

function readObject(object: MapTree): readonly NodeFacts[] {
  const apiVersion = scalarAt(object, 'apiVersion')?.value ?? 'v1';
  const kind = scalarAt(object, 'kind')?.value;
  if (apiVersion === 'v1' && kind === 'Node') return [readNode(object)];
  if (!apiVersion.startsWith('tailscale.com/')) return [];
  if (kind === 'Connector') return [readConnector(object)];
  return kind === 'ProxyClass' ? readProxyClass(object) : [];
}

/** Where other nodes' packets for its pods go [flannel 0.26, pkg/subnet/kube]. */
const PUBLIC_IP = 'flannel.alpha.coreos.com/public-ip';

function readNode(object: MapTree): NodeFacts {
  const nodeName = givenAt(object, 'metadata', 'name');
  const publicIp = givenAt(object, 'metadata', 'annotations', PUBLIC_IP);
  // `podCIDR` repeats the first of `podCIDRs` [Kubernetes v1.31 API, NodeSpec].
  const podCidrs = givensAt(object, 'spec', 'podCIDRs');
  // On a LAN or on the tailnet: it is not said which, so it is neither's address.
  const address: AddressFact | undefined = publicIp && {
    is: 'node-external',
    called: PUBLIC_IP,
    value: publicIp,
  };
  return {
    ...nodeFacts('kubernetes-node', nodeName?.span ?? firstKeyOf(object)),
    ...(nodeName && { nodeName }),
    addresses: address ? [address] : [],
    podCidrs: podCidrs.length > 0 ? podCidrs : givensAt(object, 'spec', 'podCIDR'),
  };
}

/** Every replica of a Connector advertises the same routes, on purpose [Tailscale 1.98, k8s-operator/api.md]. */
function readConnector(object: MapTree): NodeFacts {
  const name = givenAt(object, 'metadata', 'name');
  const hostname = givenAt(object, 'spec', 'hostname') ?? defaultHostname(name);
  const replicas = valueAt(object, 'spec', 'replicas');
  const redundant = replicas?.kind === 'scalar' && typeof replicas.value === 'number' && replicas.value > 1;
  const at = placeOf(object);
  const advertiseExitNode = flagAt(object, 'spec', 'exitNode');
  const tailscale: TailscaleFacts = {
    by: 'connector',
    at,
    complete: true,
    advertise: givensAt(object, 'spec', 'subnetRouter', 'advertiseRoutes').map(
      (prefix): Advertised => ({ prefix, redundant }),
    ),
    tags: givensAt(object, 'spec', 'tags'),
    ...(advertiseExitNode && { advertiseExitNode }),
    strayWords: [],
  };
  return {
    ...nodeFacts('connector', at),
    ...(hostname && { hostname }),
    tailscale: [tailscale],
    mentionsTailscale: true,
  };
}

/** [Tailscale 1.98, k8s-operator/api.md ConnectorSpec] */
function defaultHostname(connector: Given | undefined): Given | undefined {
  return connector?.text === undefined
    ? undefined
    : { text: `${connector.text}-connector`, span: connector.span };
}

function readProxyClass(object: MapTree): readonly NodeFacts[] {
  const acceptRoutes = flagAt(object, 'spec', 'tailscale', 'acceptRoutes');
  if (!acceptRoutes) return [];
  const at = placeOf(object);
  const tailscale: TailscaleFacts = {
    by: 'proxy-class',
    at,
    complete: true,
    acceptRoutes,
    advertise: [],
    tags: [],
    strayWords: [],
  };
  return [{ ...nodeFacts('proxy-class', at), tailscale: [tailscale], mentionsTailscale: true }];
}

function placeOf(object: MapTree): Span {
  return givenAt(object, 'metadata', 'name')?.span ?? firstKeyOf(object);
}
