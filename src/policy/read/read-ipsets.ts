import type { ScalarTree } from '../../syntax/tree.ts';
import type { IpSet } from '../policy.ts';
import { DEEPEST_IPSET } from '../resolve.ts';
import { entriesOf, type Part, stringsOf } from './fields.ts';
import { nameOf } from './read-names.ts';
import { selectorUse, trimmed } from './read-selector.ts';
import { checkSelector, quote, type Reading } from './selector-checks.ts';

type Operation = IpSet['operations'][number];

/** IP sets may hold one another, but not in a circle. [Tailscale docs, IP sets, 2025-10] */
export function readIpSets(section: Part | undefined, reading: Reading): Map<string, IpSet> {
  const ipsets = new Map(
    entriesOf(section, reading.report).map((entry) => {
      const name = nameOf(entry, 'ipset:', 'ipsets', 'ipset', reading);
      const operations = stringsOf(entry, reading.report).flatMap(
        (scalar) => readOperation(scalar, name.value, reading) ?? [],
      );
      return [name.value, { name, operations }];
    }),
  );
  checkNesting(ipsets, reading);
  return ipsets;
}

function readOperation(scalar: ScalarTree, ipset: string, reading: Reading): Operation | undefined {
  const { text } = scalar;
  const [verb = ''] = /^\s*(?:add|remove)\s+/.exec(text) ?? [];
  const [prefix = ''] = /^\s*host:/.exec(text.slice(verb.length)) ?? [];
  const operand = selectorUse(scalar, verb.length + prefix.length);
  if (operand && isOperand(operand.value.kind, prefix, operand.text)) {
    checkSelector(operand, 'ipset', reading);
    return { removes: verb.trimStart().startsWith('remove'), operand };
  }
  const { value, span } = trimmed(scalar, verb.length);
  reading.report(`ipsets[${quote(ipset)}]: ${quote(value)}: invalid address`, span);
  return undefined;
}

/** After `host:` only the name of one. */
function isOperand(kind: string, prefix: string, text: string): boolean {
  if (prefix !== '') return kind === 'host';
  return kind === 'addresses' || kind === 'host' || kind === 'ipset' || text === 'autogroup:internet';
}

/**
 * Reports each operand that leads back to a set which it is a part of, and sets in sets deeper than anybody means: that
 * limit is podroute's own.
 */
function checkNesting(ipsets: ReadonlyMap<string, IpSet>, { report }: Reading): void {
  // How many levels of sets are in each one that is done with.
  const done = new Map<string, number>();
  const deep: IpSet['name'][] = [];
  let isCircular = false;
  for (const start of ipsets.values()) {
    // The sets on the way from `start`, each with how many of its operands have been followed.
    const path = [{ set: start, next: 0, levels: 0 }];
    const onPath = new Set([start.name.value]);
    if (done.has(start.name.value)) continue;
    for (let step = path.at(-1); step; step = path.at(-1)) {
      const operation = step.set.operations[step.next++];
      if (operation === undefined) {
        path.pop();
        const { name } = step.set;
        onPath.delete(name.value);
        done.set(name.value, step.levels);
        const outer = path.at(-1);
        if (outer) outer.levels = Math.max(outer.levels, step.levels + 1);
        if (step.levels === DEEPEST_IPSET + 1) deep.push(name);
        continue;
      }
      const { value, text, span } = operation.operand;
      if (value.kind !== 'ipset') continue;
      const levels = done.get(text);
      if (levels !== undefined) {
        step.levels = Math.max(step.levels, levels + 1);
        continue;
      }
      const next = ipsets.get(text);
      if (onPath.has(text)) {
        isCircular = true;
        report(`ipsets[${quote(step.set.name.value)}]: ${quote(text)}: circular reference`, span);
      } else if (next) {
        path.push({ set: next, next: 0, levels: 0 });
        onPath.add(text);
      }
    }
  }
  if (isCircular) return;
  for (const { value: name, span } of deep) {
    report(`ipsets[${quote(name)}]: nested deeper than ${DEEPEST_IPSET} levels`, span);
  }
}
