/** Of two things by their numbers: the earlier is before the later, or together with it. */
export interface Precedence {
  readonly earlier: number;
  readonly later: number;
}

/**
 * The smallest groups of the things 0 to `count` - 1, and an order of the groups, that keep all precedences: what
 * must be before each other is one group. Among what may come next the lowest number does, in a group too.
 */
export function groupsInOrder(count: number, precedences: readonly Precedence[]): readonly number[][] {
  const after = Array.from({ length: count }, (): number[] => []);
  for (const { earlier, later } of precedences) after[earlier]!.push(later);
  const groupOf = cyclesOf(after);
  const groups = Array.from({ length: count }, (): number[] => []);
  for (let each = 0; each < count; each++) groups[groupOf[each]!]!.push(each);

  const waitsFor = new Int32Array(count);
  for (const { earlier, later } of precedences) {
    if (groupOf[earlier] !== groupOf[later]) waitsFor[groupOf[later]!]!++;
  }
  const left = new Set(groups.flatMap(([lowest]) => lowest ?? []).sort((a, b) => a - b));
  const order: number[][] = [];
  while (left.size > 0) {
    const next = [...left].find((lowest) => waitsFor[groupOf[lowest]!] === 0)!;
    left.delete(next);
    const group = groups[groupOf[next]!]!;
    order.push(group);
    for (const then of group.flatMap((each) => after[each]!)) {
      if (groupOf[then] !== groupOf[next]) waitsFor[groupOf[then]!]!--;
    }
  }
  return order;
}

/** For each thing the number of the things that lead to it and back: Tarjan's algorithm, without recursion. */
function cyclesOf(after: readonly (readonly number[])[]): Int32Array {
  const count = after.length;
  const found = new Int32Array(count).fill(-1);
  const lowest = new Int32Array(count);
  const groupOf = new Int32Array(count).fill(-1);
  const open: number[] = [];
  let time = 0;
  let groups = 0;
  for (let start = 0; start < count; start++) {
    if (found[start] !== -1) continue;
    const path = [{ at: start, next: 0 }];
    while (path.length > 0) {
      const here = path.at(-1)!;
      const { at } = here;
      if (here.next === 0) {
        found[at] = lowest[at] = time++;
        open.push(at);
      }
      const then = after[at]![here.next];
      if (then !== undefined) {
        here.next++;
        if (found[then] === -1) path.push({ at: then, next: 0 });
        else if (groupOf[then] === -1) lowest[at] = Math.min(lowest[at]!, found[then]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) lowest[parent.at] = Math.min(lowest[parent.at]!, lowest[at]!);
      if (lowest[at] !== found[at]) continue;
      for (let member = open.pop()!; ; member = open.pop()!) {
        groupOf[member] = groups;
        if (member === at) break;
      }
      groups++;
    }
  }
  return groupOf;
}
