import { comparePrefixes, type Prefix } from '../net/prefix.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import type { Device } from '../policy/device-list.ts';
import { prefixKey } from '../policy/routers.ts';
import { compareSpans, placeKey, type Span } from '../source/span.ts';
import type { Change, WantedRoute } from './plan.ts';

/** What is done to each device: what is approved on it now with what is added and without what is taken back. */
export function changesFor(routes: readonly WantedRoute[]): readonly Change[] {
  const byDevice = new Map<Device, WantedRoute[]>();
  for (const route of routes) {
    if (route.device !== undefined) entryOf(byDevice, route.device, () => []).push(route);
  }
  return [...byDevice].map(([device, own]) => changeOf(device, own));
}

function changeOf(device: Device, routes: readonly WantedRoute[]): Change {
  const prefixesOf = (action: WantedRoute['action']) =>
    unique(routes.filter((each) => each.action === action).map(({ prefix }) => prefix));
  const [before, add, remove] = [unique(device.approved), prefixesOf('approve'), prefixesOf('remove')];
  const gone = new Set(remove.map(prefixKey));
  return {
    device,
    node: routes[0]!.node,
    before,
    after: unique([...before, ...add]).filter((prefix) => !gone.has(prefixKey(prefix))),
    add,
    remove,
    because: places(routes.flatMap(({ because }) => because)),
  };
}

/** In order, each place once: several prefixes may stand in one entry. */
export function places(spans: readonly Span[]): readonly Span[] {
  return [...new Map(spans.map((span) => [placeKey(span), span])).values()].sort(compareSpans);
}

/** Sorted, each once. */
function unique(prefixes: readonly Prefix[]): readonly Prefix[] {
  return [...new Map(prefixes.map((prefix) => [prefixKey(prefix), prefix])).values()].sort(comparePrefixes);
}
