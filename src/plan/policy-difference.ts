import { listed } from '../diagnostics/wording.ts';
import type { Span } from '../source/span.ts';
import type { Outlook } from './effects/outlook.ts';
import { stateOf } from './effects/states.ts';
import type { Change, PlanNote } from './plan.ts';

/** In larger clusters not every pair is asked under a second policy: that takes seconds. */
const MOST_PAIRS = 250_000;

/** That the policy in force and the files' let through other things, and which pairs of pods are concerned. */
export function policyDifference(
  live: Outlook,
  files: Outlook,
  changes: readonly Change[],
  at: Span | undefined,
): readonly PlanNote[] {
  const says = `${files.called} and ${live.called} let through different things${gist(live, files, changes)}`;
  return [at ? { says, at } : { says }];
}

function gist(live: Outlook, files: Outlook, changes: readonly Change[]): string {
  const size = live.clusters.reduce((sum, { nodes }) => sum + nodes.length ** 2, 0);
  if (size > MOST_PAIRS) return '';
  const [now, then] = [stateOf(live, changes), stateOf(files, changes)];
  const better: string[] = [];
  const worse: string[] = [];
  for (const [index, { network, label, rankOf }] of now.entries()) {
    const { hosts } = network;
    for (const from of hosts) {
      for (const to of hosts) {
        if (from === to) continue;
        const gain = then[index]!.rankOf(from.number, to.number) - rankOf(from.number, to.number);
        if (gain !== 0) (gain > 0 ? better : worse).push(`${label}${from.name} to ${label}${to.name}`);
      }
    }
  }
  if (better.length + worse.length === 0) return ', and no pair of pods fares otherwise for it';
  const parts = [
    ...(better.length > 0 ? [`under ${files.called} pods fare better from ${listed(better)}`] : []),
    ...(worse.length > 0 ? [`under ${live.called} pods fare better from ${listed(worse)}`] : []),
  ];
  return `: ${parts.join(', and ')}`;
}
