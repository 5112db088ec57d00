import type { Problem } from '../diagnostics/finding.ts';
import { givenAt, type MapTree } from '../syntax/tree.ts';
import { type Advertised, type NodeFacts, nodeFacts } from './facts.ts';
import { flagAt, givensAt, mapsAt } from './manifest-values.ts';

/** Each entry of a `Routes` manifest is a fact of the node it names; the schema reports one that names none. */
export function readRoutes(manifest: MapTree): readonly NodeFacts[] {
  return entriesOf(manifest).flatMap((route) => {
    const nodeName = givenAt(route, 'node');
    const prefixes = givensAt(route, 'prefix');
    if (nodeName === undefined || prefixes.length === 0) return [];
    const at = nodeName.span;
    const facts = { ...nodeFacts('routes', at), nodeName };
    if (isPrune(route)) return [{ ...facts, prunes: prefixes }];
    const approve = flagAt(route, 'approve');
    const redundant = flagAt(route, 'redundant')?.on === true;
    const advertise = prefixes.map(
      (prefix): Advertised => ({ prefix, redundant, ...(approve && { approve }) }),
    );
    return [
      {
        ...facts,
        tailscale: [{ by: 'routes', at, complete: true, advertise, tags: [], strayWords: [] }],
        mentionsTailscale: true,
      },
    ];
  });
}

/** Entries that want a route approved and its approval taken back. */
export function contradictionsOf(manifest: MapTree): readonly Problem[] {
  return entriesOf(manifest).flatMap((route) => {
    const approve = flagAt(route, 'approve');
    if (!isPrune(route) || approve?.on !== true) return [];
    const message = 'a route has "approve: true" and "prune: true"';
    const prune = flagAt(route, 'prune');
    const related = prune ? [{ at: prune.span, label: 'where it is to be taken back' }] : [];
    return [{ message, at: approve.span, related }];
  });
}

function entriesOf(manifest: MapTree): readonly MapTree[] {
  return mapsAt(manifest, 'spec', 'routes');
}

function isPrune(route: MapTree): boolean {
  return flagAt(route, 'prune')?.on === true;
}
