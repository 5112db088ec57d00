import { formatPrefix } from '../net/format.ts';
import { parsePrefix } from '../net/parse.ts';
import { hasPrefix, type Prefix } from '../net/prefix.ts';
import type { Device } from '../policy/device-list.ts';

/** What is to be approved on a device and what is not to be any longer; no prefix is in both. */
export interface RouteEdit {
  readonly add: readonly Prefix[];
  readonly remove: readonly Prefix[];
}

export const NO_EDIT: RouteEdit = { add: [], remove: [] };

export function isNothing({ add, remove }: RouteEdit): boolean {
  return add.length === 0 && remove.length === 0;
}

/** The part of an edit that the device does not show yet. */
export function leftOf({ add, remove }: RouteEdit, device: Device): RouteEdit {
  return {
    add: add.filter((prefix) => !isApproved(device, prefix)),
    remove: remove.filter((prefix) => isApproved(device, prefix)),
  };
}

/** The part of an edit that the device shows. */
export function doneOf({ add, remove }: RouteEdit, device: Device): RouteEdit {
  return {
    add: add.filter((prefix) => isApproved(device, prefix)),
    remove: remove.filter((prefix) => !isApproved(device, prefix)),
  };
}

export function unionOf(a: RouteEdit, b: RouteEdit): RouteEdit {
  return { add: joined(a.add, b.add), remove: joined(a.remove, b.remove) };
}

/** `a` without what is in `b`. */
export function without(a: readonly Prefix[], b: readonly Prefix[]): readonly Prefix[] {
  return a.filter((prefix) => !hasPrefix(b, prefix));
}

/** The edit that takes another one back. */
export function reverseOf({ add, remove }: RouteEdit): RouteEdit {
  return { add: remove, remove: add };
}

/** The whole list to write: every entry that is not to go as it stands there, then what is new, in canonical text. */
export function listAfter(edit: RouteEdit, device: Device): readonly string[] {
  const kept = device.approvedAsWritten.filter((text) => {
    const parsed = parsePrefix(text);
    return !parsed.ok || !hasPrefix(edit.remove, parsed.value);
  });
  return [...new Set([...kept, ...leftOf(edit, device).add.map(formatPrefix)])];
}

/** Phrases for each approval besides those of the edit that came or went between two reads. */
export function changesBeside(edit: RouteEdit, before: Device, after: Device): readonly string[] {
  const ours = new Set([...edit.add, ...edit.remove].map(formatPrefix));
  const [earlier, later] = [before, after].map(
    ({ approvedAsWritten }) => new Set(approvedAsWritten.map(canonical).filter((text) => !ours.has(text))),
  ) as [Set<string>, Set<string>];
  const says = (text: string, what: string) =>
    `${text} was ${what} on ${after.name} meanwhile: somebody else writes at the same time`;
  return [
    ...[...earlier].filter((text) => !later.has(text)).map((text) => says(text, 'taken away')),
    ...[...later].filter((text) => !earlier.has(text)).map((text) => says(text, 'approved')),
  ];
}

function canonical(text: string): string {
  const parsed = parsePrefix(text);
  return parsed.ok ? formatPrefix(parsed.value) : text;
}

function isApproved(device: Device, prefix: Prefix): boolean {
  return hasPrefix(device.approved, prefix);
}

function joined(a: readonly Prefix[], b: readonly Prefix[]): readonly Prefix[] {
  return [...a, ...without(b, a)];
}
