import { listed } from '../diagnostics/wording.ts';
import { IN_FORCE } from '../plan/effects/outlook.ts';
import type { AccessChange, AccessDifference } from '../policy/access/compare-access.ts';
import { entryOf } from '../policy/access/entry-of.ts';
import { DEFAULT_PROTOCOLS, EVERY_PORT, type PortRange } from '../policy/policy.ts';
import { hasPorts, protocolName } from '../policy/read/read-ports.ts';
import type { Span } from '../source/span.ts';
import { positionAt } from './lines.ts';
import { counted } from './totals.ts';

/** Lines for one direction and the other together. */
const MOST_LINES = 200;

/** Names, ports or places in one line; the others are counted. */
const MOST_NAMED = 12;
const MOST_PLACES = 3;

/** `tag:k3s gains tcp 8000 on tag:server (policy.hujson:12:9)`: gains, then losses, and how many more there are. */
export function differenceLines({ gains, losses }: AccessDifference): string[] {
  const lines = [...changeLines(gains, 'gain'), ...changeLines(losses, 'lose')];
  if (lines.length === 0) return ['nobody gains or loses access'];
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${counted(more, 'more change')}`] : lines;
}

/** One line for all that the same sources gain at the same destinations. */
function changeLines(changes: readonly AccessChange[], verb: 'gain' | 'lose'): string[] {
  const groups = new Map<string, AccessChange[]>();
  for (const change of changes) {
    const key = JSON.stringify([change.sourceNames, change.destinationNames]);
    entryOf(groups, key, () => []).push(change);
  }
  return [...groups.values()].map((group) => {
    const { sourceNames, destinationNames } = group[0]!;
    const [who, where] = [sourceNames, destinationNames].map((names) => listed(names, MOST_NAMED));
    const what = listed(group.map(trafficInWords), MOST_NAMED);
    const does = sourceNames.length > 1 ? verb : `${verb}s`;
    return `${who} ${does} ${what} on ${where}${placesInWords(group)}`;
  });
}

/** `*`, `port 8000`, `tcp 80 and 443`, `icmp`. */
function trafficInWords({ protocols, ports }: AccessChange): string {
  const isDefault = protocols.join() === USUAL_PROTOCOLS;
  const numbers = isEvery(ports) ? '*' : listed(ports.map(portsInWords), MOST_NAMED);
  if (isDefault) return isEvery(ports) ? '*' : `port${isOne(ports) ? '' : 's'} ${numbers}`;
  const names = listed(protocols.map(protocolName), MOST_NAMED);
  const isPortless = isEvery(ports) && !protocols.some(hasPorts);
  return isPortless ? names : `${names} ${numbers}`;
}

const USUAL_PROTOCOLS = DEFAULT_PROTOCOLS.toSorted((a, b) => a - b).join();

function isEvery(ports: readonly PortRange[]): boolean {
  return ports.some(({ first, last }) => first === EVERY_PORT.first && last === EVERY_PORT.last);
}

function isOne(ports: readonly PortRange[]): boolean {
  return ports.length === 1 && ports[0]!.first === ports[0]!.last;
}

function portsInWords({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** ` (policy.hujson:12:9)`; nothing of no policy. */
function placesInWords(changes: readonly AccessChange[]): string {
  const spans = changes.flatMap(({ because }) => because.map(({ destination: { at } }) => at));
  const places = spans.flatMap((span) => (span.file.path === '' ? [] : placeInWords(span)));
  return places.length === 0 ? '' : ` (${listed([...new Set(places)], MOST_PLACES)})`;
}

function placeInWords({ file, start }: Span): string {
  const { line, column } = positionAt(file, start);
  return file.path === IN_FORCE ? `line ${line} of ${file.path}` : `${file.path}:${line}:${column}`;
}
