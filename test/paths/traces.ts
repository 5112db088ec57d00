import type { Network } from '../../src/paths/network.ts';
import type { Step } from '../../src/paths/path.ts';
import { type Asked, tracePods } from '../../src/paths/pod-paths.ts';

/** A step as a line: the sentence, then the texts that it rests on. */
export function stepLine({ says, because }: Step): string {
  const texts = because.map(({ file, start, end }) =>
    file.text.slice(start, end).replace(/\s+/g, ' ').slice(0, 40),
  );
  return [says, ...texts].join(' ← ');
}

/** The first hop, the delivery, the kind of what fails, and all steps of a connection between pods of two nodes. */
export function traceLines(network: Network, from: string, to: string, asked?: Asked): string[] {
  const [sender, receiver] = [from, to].map((name) => network.hosts.find((host) => host.name === name)!);
  const { via, delivered, cause, steps } = tracePods(network, sender!, receiver!, asked);
  const why = [cause?.kind, cause?.lack?.kind].filter((kind) => kind !== undefined);
  return [[via, delivered, ...why].join(' '), ...steps.map(stepLine)];
}
