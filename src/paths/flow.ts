import type { Address } from '../net/prefix.ts';
import { hasPorts, protocolName } from '../policy/read/read-ports.ts';
import type { Host } from './host.ts';

/** A connection that somebody opens. */
export interface Flow {
  readonly from: Host;
  /** The address it is sent from, on the bridge of `from` or `from` itself. */
  readonly source: Address;
  /** Whether a pod sends it: then `from` forwards it. */
  readonly isPods: boolean;
  /** Whether `from` gives it an address of its own on the way out, as flannel does with what leaves the pods' network. */
  readonly isMasqueraded?: boolean;
  readonly to: Address;
  /** IANA number. */
  readonly protocol: number;
  readonly port: number;
}

/** What is asked for: `TCP 443`, `ICMP`, `protocol 200`. */
export function askedInWords({ protocol, port }: Pick<Flow, 'protocol' | 'port'>): string {
  const name = protocolName(protocol);
  const shown = name.startsWith('protocol') ? name : name.toUpperCase();
  return hasPorts(protocol) ? `${shown} ${port}` : shown;
}
