import type { Parameter } from './facts.ts';

/** Something of this stands in every file that `recognise` knows, and in few others. */
const MARKS = [
  'podroute/v',
  'podCIDR',
  // Also the image, the operator's API group and the commands.
  'tailscale',
  'k3s',
  'K3S_',
  'TS_',
  // Sections of a policy, in any case.
  '[aA][cC][lL][sS]"',
  '[gG][rR][aA][nN][tT][sS]"',
  '[aA][uU][tT][oO][aA][pP][pP]',
  '[tT][aA][gG][oO][wW][nN]',
  // Of a script; the role also where the settings call it otherwise.
  'NODE_ROLE',
  '\\bip\\s+(?:-\\w+\\s+)*r\\w*\\s+[ar]',
];

/** Paths of K3s configuration: some of its keys alone (`server`, `token`) stand in any file. */
const K3S_CONFIG_PATH = /k3s|rancher|(?:^|\/)(?:hosts|nodes|machines)\/|(?:^|\/)config\.ya?ml(?:\.d\/|$)/i;

/**
 * Whether a file may be ours, asked of every file there is, so cheaper than `recognise` and never stricter. The text
 * may be decoded as Latin-1.
 */
export function markFinder(
  parameterNames: ReadonlyMap<string, Parameter>,
): (path: string, text: string) => boolean {
  const names = [...parameterNames.keys()].map((name) => name.replace(/[^\w]/g, '\\$&'));
  const marks = new RegExp([...MARKS, ...names].join('|'));
  return (path, text) => marks.test(text) || (K3S_CONFIG_PATH.test(path) && /\.ya?ml$/i.test(path));
}
