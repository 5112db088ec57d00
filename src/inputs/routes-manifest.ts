import { givenAt, type MapTree } from '../syntax/tree.ts';
import { type Advertised, type NodeFacts, nodeFacts } from './facts.ts';
import { flagAt, givensAt, mapsAt } from './manifest-values.ts';

/** Each entry of a `Routes` manifest is a fact of the node it names; the schema reports one that names none. */
export function readRoutes(manifest: MapTree): readonly NodeFacts[] {
  return mapsAt(manifest, 'spec', 'routes').flatMap((route) => {
    const nodeName = givenAt(route, 'node');
    const approve = flagAt(route, 'approve');
    const redundant = flagAt(route, 'redundant')?.on === true;
    const advertise = givensAt(route, 'prefix').map(
      (prefix): Advertised => ({ prefix, redundant, ...(approve && { approve }) }),
    );
    if (nodeName === undefined || advertise.length === 0) return [];
    const at = nodeName.span;
    return [
      {
        ...nodeFacts('routes', at),
        nodeName,
        tailscale: [{ by: 'routes', at, complete: true, advertise, tags: [], strayWords: [] }],
        mentionsTailscale: true,
      },
    ];
  });
}
