import { expect, test } from 'vitest';
import { changesBetween } from '../../src/paths/changed-places.ts';
import { buildNetwork } from '../../src/paths/network.ts';
import type { Span } from '../../src/source/span.ts';
import { clustersOf } from '../pipeline.ts';

const HEAD = ['apiVersion: podroute/v1', 'kind: Routes', 'spec:', '  routes:'];
const NODES = [
  'apiVersion: podroute/v1',
  'kind: Cluster',
  'spec: {nodes: [{name: a, role: server, podCidr: 10.42.0.0/24}]}',
  '',
].join('\n');

/** The files of a folder whose `Routes` have these lines. */
function side(lines: readonly string[], root = '', more: Readonly<Record<string, string>> = {}) {
  const folder = root === '' ? '' : `${root}/`;
  const texts = { 'cluster.yaml': NODES, 'routes.yaml': [...HEAD, ...lines, ''].join('\n'), ...more };
  const files = Object.fromEntries(Object.entries(texts).map(([path, text]) => [folder + path, text]));
  return { network: buildNetwork(clustersOf(files)[0]!), root };
}

function route(number: number): string {
  return `    - {node: a, prefix: 10.42.${number}.0/24}`;
}

function textsOf(spans: readonly Span[]): string[] {
  return spans.map(({ file, start, end }) => file.text.slice(start, end));
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

test('changed lines without their indentation, in their order', () => {
  const before = side([route(1), route(2), route(3)]);
  const after = side([route(4), route(2), route(5)]);
  expect(textsOf(changesBetween(before, after).few)).toEqual([route(4).trim(), route(5).trim()]);
});

test('a line that is gone stands as it was, an empty one is none', () => {
  const changes = changesBetween(side([route(1), route(2)]), side(['', route(2), '']));
  expect(textsOf(changes.few)).toEqual([]);
  const { few } = changesBetween(side([route(1), route(2)]), side([route(2)]));
  expect(textsOf(few)).toEqual([route(1).trim()]);
});

test('a dozen lines are few, more are none', () => {
  const before = side([route(99)]);
  const changed = (count: number) =>
    changesBetween(before, side([route(99), ...numbers(count).map(route)])).few.length;
  expect([changed(11), changed(12), changed(13)]).toEqual([11, 12, 0]);
});

test('files are the same below their roots', () => {
  const lines = [route(1)];
  expect(changesBetween(side(lines), side(lines, 'deep/er')).few).toEqual([]);
  expect(changesBetween(side(lines, 'old'), side(lines, 'new')).few).toEqual([]);
  expect(textsOf(changesBetween(side(lines, 'old'), side([route(2)])).few)).toEqual([route(2).trim()]);
});

test('a file that comes or goes is changed as a whole', () => {
  const text = 'apiVersion: podroute/v1\nkind: Routes\n';
  const [with_, without] = [side([route(1)], '', { 'more.yaml': text }), side([route(1)])];
  const lines = ['apiVersion: podroute/v1', 'kind: Routes'];
  expect(textsOf(changesBetween(without, with_).few)).toEqual(lines);
  expect(textsOf(changesBetween(with_, without).few)).toEqual(lines);
});

test('of a place what of it is changed, or what stands for it', () => {
  const [before, after] = [side([route(1), route(2)]), side([route(1), route(3)])];
  const changes = changesBetween(before, after);
  const spanOf = ({ network }: typeof before, text: string, length = text.length): Span => {
    const file = network.cluster.files.map((each) => each.file).find(({ path }) => path === 'routes.yaml')!;
    const start = file.text.indexOf(text);
    return { file, start, end: start + length };
  };
  const [old, fresh] = [spanOf(before, '10.42.2.0/24'), spanOf(after, '10.42.3.0/24')];
  expect(textsOf(changes.under([], [fresh]))).toEqual(['10.42.3.0/24']);
  expect(textsOf(changes.under([old], []))).toEqual([route(3).trim()]);
  expect(textsOf(changes.under([old], [fresh]))).toEqual(['10.42.3.0/24']);
  expect(textsOf(changes.under([spanOf(before, '10.42.1.0/24')], [spanOf(after, '10.42.1.0/24')]))).toEqual(
    [],
  );
  expect(textsOf(changes.under([], [spanOf(after, 'spec:', 500)]))).toEqual([route(3).trim()]);
  const shrunk = changesBetween(before, side([route(1)]));
  expect(textsOf(shrunk.under([old], []))).toEqual(['10.42.2.0/24']);
});
