import { callNode } from '../cluster/devices.ts';
import { causesOnLan } from '../paths/lan-causes.ts';
import { callPairs } from '../paths/pod-network.ts';
import { textOf } from '../source/span.ts';
import type { Rule } from './rule.ts';

export const halfAcceptedLan: Rule = {
  id: 'half-accepted-lan',
  summary: 'nodes on one LAN lose each other, as one accepts routes and another does not',
  severity: 'error',
  *check(cluster) {
    for (const { lack, at, pairs } of causesOnLan(cluster, ['not-accepted'])) {
      const accepting = pairs.map(({ from, to }) => (from === lack.host ? to : from));
      const [other] = accepting;
      const related = other?.accepts.because.slice(0, 1) ?? [];
      yield {
        message: `${lack.says}, and other nodes on its LAN do, so that pods lose each other: ${callPairs(pairs)}`,
        at,
        absentFrom: lack.host.at,
        related: related.map((place) => ({ at: place, label: `${callNode(other!.node)} accepts them` })),
        ...(textOf(at) === 'false' && { fix: { title: 'write true', at, newText: 'true' } }),
      };
    }
  },
};
