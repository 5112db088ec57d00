import type { Outcome } from '../../paths/connection.ts';
import type { Network } from '../../paths/network.ts';
import type { Via } from '../../paths/path.ts';
import { podOutcomes } from '../../paths/pod-paths.ts';
import { sureWays } from './sure-ways.ts';

/** What becomes of connections between the pods of two nodes: 2 for certainly delivered, 1 for perhaps, 0 for lost. */
export type Rank = 0 | 1 | 2;

/** Pairs of a network by the numbers of their hosts, each worked out when it is first asked for. */
export interface Fates {
  readonly network: Network;
  /** What stands before the names of nodes where there are several clusters. */
  readonly label: string;
  rankOf(from: number, to: number): Rank;
  viaOf(from: number, to: number): Via;
  /** With the cause; it is not kept. */
  outcomeOf(from: number, to: number): Outcome;
}

const VIAS: readonly Via[] = ['lan', 'overlay', 'tailnet', 'default', 'own', 'none', 'unknown'];

export function fatesOf(network: Network, label: string): Fates {
  const { hosts } = network;
  const ask = podOutcomes(network);
  const sureWay = sureWays(network);
  const outcomeOf = (from: number, to: number) => ask(hosts[from]!, hosts[to]!);
  // 0 for what was not asked yet, else 1 + rank + 3 × the number of the first hop.
  let codes: Uint8Array | undefined;
  const codeOf = (from: number, to: number): number => {
    codes ??= new Uint8Array(hosts.length * hosts.length);
    const index = from * hosts.length + to;
    const known = codes[index]!;
    if (known !== 0) return known - 1;
    const { via, delivered } = sureWay(hosts[from]!, hosts[to]!) ?? outcomeOf(from, to);
    const code = (delivered === undefined ? 1 : delivered ? 2 : 0) + 3 * VIAS.indexOf(via);
    codes[index] = code + 1;
    return code;
  };
  return {
    network,
    label,
    rankOf: (from, to) => (codeOf(from, to) % 3) as Rank,
    viaOf: (from, to) => VIAS[Math.floor(codeOf(from, to) / 3)]!,
    outcomeOf,
  };
}
