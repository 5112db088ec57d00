import { formatPrefix } from '../../net/format.ts';
import { contains, overlaps, type Prefix } from '../../net/prefix.ts';
import { TAILSCALE_IPV4 } from '../../net/ranges.ts';
import type { NodeAttr } from '../policy.ts';
import { entriesOf, fieldsOf, itemsOf, type Part, stringsOf } from './fields.ts';
import { NODE_ATTR } from './members.ts';
import { readPrefix, trimmed } from './read-selector.ts';
import { readSelectors, readWords } from './read-selectors.ts';
import { quote, type Reading } from './selector-checks.ts';

/** Parts of 100.64.0.0/10 that the service keeps [Tailscale docs, IP pool]. */
const RESERVED: readonly Prefix[] = [
  { family: 4, network: 0x6464_0000n, length: 24 },
  { family: 4, network: 0x6464_6400n, length: 24 },
  { family: 4, network: 0x6473_5c00n, length: 23 },
];

export function readNodeAttrs(section: Part | undefined, reading: Reading): NodeAttr[] {
  return itemsOf(section, reading.report).flatMap((item, index) => {
    const fields = fieldsOf(item, NODE_ATTR, reading.report);
    if (item.tree.kind !== 'map') return [];
    const targets = readSelectors(fields.get('target'), 'target', reading);
    const attributes = readWords(fields.get('attr'), reading);
    for (const app of entriesOf(fields.get('app'), reading.report)) itemsOf(app, reading.report);
    checkPool(fields.get('ipPool'), reading);
    return [{ index, span: item.tree.span, targets, attributes }];
  });
}

function checkPool(pool: Part | undefined, { report }: Reading): void {
  for (const scalar of stringsOf(pool, report)) {
    const { value: text, span } = trimmed(scalar);
    const prefix = readPrefix(text);
    if (prefix === undefined) report(`IPPool(${text.slice(0, 80)}): ${quote(text)} is not a prefix`, span);
    else if (!contains(TAILSCALE_IPV4, prefix)) {
      report(`IPPool(${formatPrefix(prefix)}): network not within 100.64.0.0/10`, span);
    } else if (RESERVED.some((reserved) => overlaps(reserved, prefix))) {
      report(`IPPool(${formatPrefix(prefix)}): network within reserved range`, span);
    }
  }
}
