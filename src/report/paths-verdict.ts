import { formatAddress } from '../net/format.ts';
import type { Path, Step } from '../paths/path.ts';
import { fateOf, STYLES } from './path-fates.ts';
import type { Traced } from './paths-report.ts';

/** The steps of a path, without an end that says no more than the step before it. */
export function stepsOf({ steps }: Pick<Path, 'steps'>): readonly Step[] {
  return steps.filter(({ says }, index) => index === 0 || !steps[index - 1]!.says.endsWith(`: ${says}`));
}

/** What becomes of a connection: over what it is delivered and as whom, or where and why it ends. */
export function verdictInWords({ to, path }: Traced): string {
  const { delivered, seen, source, steps } = path;
  const end = steps.at(-1)?.says ?? '';
  if (delivered === undefined) return `not known: ${end}`;
  if (!delivered) return `not delivered: ${end}`;
  const { says } = STYLES[fateOf(path)];
  if (seen === undefined) return says;
  const isItself = source !== undefined && seen === formatAddress(source);
  const as = isItself ? "the sender's own address" : `${seen} instead of the sender's address`;
  return `${says}; the pod of ${to.name} sees ${as}`;
}
