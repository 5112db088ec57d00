/**
 * Measures what `docs/performance.md` promises, as ratios of two things timed in turn in one run: `npm run bench`.
 * Takes about two minutes. Prints one Markdown table, and how many requests an apply makes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../src/cluster/model.ts';
import { overlappingPairs } from '../src/net/overlaps.ts';
import { comparePrefixes, type Prefix, prefixOf } from '../src/net/prefix.ts';
import { allPairs, clusterOf, oneTrace } from './bench-paths.ts';
import { planning, requestsOfApply } from './bench-plan.ts';
import { compiling, LARGE_POLICY, read, seeing } from './bench-policy.ts';

/** The Node that runs this, or another one: `npm run bench -- /usr/bin/node`. */
const NODE = process.argv[2] ?? process.execPath;
const CLI = join(import.meta.dirname, '../dist/cli.js');
const HOME = join(import.meta.dirname, '../examples/home');

const scratch = mkdtempSync(join(tmpdir(), 'podroute-bench-'));
try {
  const rows = [
    smallRepository(),
    unrelatedFiles(),
    oneLargeMap(),
    // In this process, so what leaves little behind comes first.
    ...paths(),
    ...plans(),
    ...policies(),
    largePolicy(),
    manyPrefixes(),
  ];
  const version = spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`Node ${version}\n\n| what | against | ratio | ms | peak memory |\n|---|---|---|---|---|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  const requests = await requestsOfApply(1000);
  console.log(`\n${requests.toLocaleString('en')} requests to plan and apply changes of 1,000 devices.`);
} finally {
  rmSync(scratch, { recursive: true });
}

function smallRepository(): string[] {
  return compare('`check examples/home`', [CLI, 'check', HOME], '`node -e 0`', ['-e', '0'], 31);
}

/** 40 MB of YAML of other programs, which must be looked at and never parsed. */
function unrelatedFiles(): string[] {
  const folder = join(scratch, 'unrelated');
  const text = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n'.padEnd(
    4096,
    '  label: "a value"\n',
  );
  for (let index = 0; index < 10_000; index++) {
    const sub = join(folder, `team-${index % 100}`);
    mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `app-${index}.yaml`), text);
  }
  const read = `const fs = require('node:fs');
    for (const entry of fs.readdirSync(${JSON.stringify(folder)}, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) fs.readFileSync(entry.parentPath + '/' + entry.name);`;
  return compare(
    '`check` on 10,000 unrelated YAML files (40 MB)',
    [CLI, 'check', folder],
    'reading them',
    ['-e', read],
    9,
  );
}

function oneLargeMap(): string[] {
  const folder = join(scratch, 'map');
  mkdirSync(join(folder, 'k3s'), { recursive: true });
  const keys = Array.from({ length: 40_000 }, (_, index) => `key-${index}: ${index}\n`).join('');
  writeFileSync(join(folder, 'k3s/config.yaml'), `flannel-backend: host-gw\n${keys}`);
  return compare(
    '`check` on one YAML map of 40,000 keys',
    [CLI, 'check', folder],
    '`node -e 0`',
    ['-e', '0'],
    5,
  );
}

function manyPrefixes(): string[] {
  const random = generator(1);
  const entries = Array.from({ length: 100_000 }, (_, value) => {
    const length = 8 + (random() % 25);
    return { prefix: prefixOf({ family: 4, bits: BigInt(random()) }, length), value };
  });
  const prefixes: Prefix[] = entries.map(({ prefix }) => prefix);
  let pairs = 0;
  const ours: number[] = [];
  const sorting: number[] = [];
  for (let round = 0; round < 11; round++) {
    sorting.push(timeOf(() => [...prefixes].sort(comparePrefixes)));
    ours.push(
      timeOf(() => {
        pairs = 0;
        for (const _ of overlappingPairs(entries)) pairs++;
      }),
    );
  }
  const ratio = median(ours.map((time, index) => time / sorting[index]!));
  const peak = `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
  return [
    `all ${pairs.toLocaleString('en')} overlaps of 100,000 prefixes`,
    'sorting them',
    ratio.toFixed(2),
    median(ours).toFixed(0),
    peak,
  ];
}

/** 2 MB, 20,000 members in one object. */
function largePolicy(): string[] {
  return compareWork(
    'reading a policy of 2 MB',
    () => read(LARGE_POLICY),
    '`JSON.parse`',
    () => JSON.parse(LARGE_POLICY),
    11,
  );
}

/** Packet filters of every device; ten times the rules or the devices should cost ten times as much, or little more. */
function policies(): string[][] {
  const usual = compiling(1000, 1000);
  return [
    compareWork('10,000 rules for 1,000 devices', compiling(10_000, 1000), '1,000 rules for 1,000', usual, 7),
    compareWork('1,000 rules for 10,000 devices', compiling(1000, 10_000), '1,000 rules for 1,000', usual, 7),
    compareWork('who sees whom of 1,000 devices', seeing(1000, 1000), 'their packet filters', usual, 5),
  ];
}

/** Every ordered pair of pods: no worse than the number of pairs grows. */
function paths(): string[][] {
  const [small, middle, large] = [100, 300, 1000].map((count) => clusterOf(count)) as [
    Cluster,
    Cluster,
    Cluster,
  ];
  return [
    compareWork('all 89,700 pairs of 300 nodes', allPairs(middle), 'all 9,900 of 100', allPairs(small), 7),
    compareWork(
      'all 999,000 pairs of 1,000 nodes',
      allPairs(large),
      'all 89,700 of 300',
      allPairs(middle),
      5,
    ),
    compareWork('one trace among 1,000 nodes', oneTrace(large), 'all pairs of 100', allPairs(small), 7),
  ];
}

/** What a merge approves on every node of a cluster, its effects and its order; `onLan` of them share one LAN. */
function plans(): string[][] {
  return [
    compareWork(
      'a plan for 1,000 devices, each at its own site',
      planning(1000, 1),
      'the same for 100',
      planning(100, 1),
      5,
    ),
    compareWork(
      'a plan for 1,000 devices, 200 on one LAN',
      planning(1000, 200),
      'the same for 100, 20 on one',
      planning(100, 20),
      5,
    ),
    compareWork(
      'a plan for 1,000 devices on one LAN',
      planning(1000, 1000),
      'all 999,000 pairs of 1,000 nodes',
      allPairs(clusterOf(1000)),
      3,
    ),
  ];
}

/** Two pieces of work in this process, in turn. */
function compareWork(
  what: string,
  work: () => unknown,
  against: string,
  other: () => unknown,
  rounds: number,
): string[] {
  const ratios: number[] = [];
  const times: number[] = [];
  work();
  other();
  for (let round = 0; round < rounds; round++) {
    const time = timeOf(work);
    times.push(time);
    ratios.push(time / timeOf(other));
  }
  const peak = `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
  return [what, against, median(ratios).toFixed(2), median(times).toFixed(0), peak];
}

/** Two commands in turn, so that a change in the machine's speed meets both. */
function compare(what: string, args: string[], against: string, others: string[], rounds: number): string[] {
  const ratios: number[] = [];
  const times: number[] = [];
  run(args);
  run(others);
  for (let round = 0; round < rounds; round++) {
    const time = timeOf(() => run(args));
    times.push(time);
    ratios.push(time / timeOf(() => run(others)));
  }
  return [what, against, median(ratios).toFixed(2), median(times).toFixed(0), peakMemory(args)];
}

function run(args: string[], env: NodeJS.ProcessEnv = process.env): string {
  const { stderr, error, status } = spawnSync(NODE, args, { encoding: 'utf8', env });
  if (error || status === null || status > 1)
    throw new Error(`${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stderr;
}

/** Of a run by itself: what reports the peak takes time. */
function peakMemory(args: string[]): string {
  const report = 'process.on("exit", () => process._rawDebug("peak " + process.resourceUsage().maxRSS))';
  const preload = join(scratch, 'peak.cjs');
  writeFileSync(preload, report);
  const stderr = run(args, { ...process.env, NODE_OPTIONS: `--require ${preload}` });
  const kilobytes = Number(/peak (\d+)/.exec(stderr)?.[1]);
  return `${Math.round(kilobytes / 1024)} MB`;
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** The same prefixes every time (xorshift32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
