import { expect, test } from 'vitest';
import { parseArguments } from '../../src/app/arguments.ts';
import { runCommand } from '../../src/app/run-command.ts';
import { filesOf, observations, viaOf } from '../paths/observations.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly via: string;
  readonly delivered: boolean | null;
  readonly because: readonly { readonly path: string }[];
}

test.each(observations().map((each) => [each.id, each] as const))(
  'podroute paths tells what was seen: %s',
  (_, observation) => {
    const cwd = temporaryFolder(filesOf(observation));
    const asked = parseArguments(['paths', '--port', '8000', '--format', 'json']);
    const { output } = runCommand(asked, { cwd, color: false, progress: () => {} });
    const { nodes, pairs }: { nodes: string[]; pairs: Pair[] } = JSON.parse(output);
    expect([...nodes].sort()).toEqual(Object.keys(observation.nodes).sort());
    const wayOf = ({ from, to }: { from: string; to: string }, via: string, delivered: boolean | null) =>
      `${from} ${to} ${via} ${delivered}`;
    expect(pairs.map((pair) => wayOf(pair, pair.via, pair.delivered)).sort()).toEqual(
      observation.pairs.map((pair) => wayOf(pair, viaOf(pair), pair.delivered)).sort(),
    );
    for (const { because } of pairs) expect(because.length).toBeGreaterThan(0);
  },
);
