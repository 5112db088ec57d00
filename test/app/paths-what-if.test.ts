import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/app/arguments.ts';
import { SettingsError } from '../../src/app/errors.ts';
import { runCommand } from '../../src/app/run-command.ts';
import { filesOf, type Observation, observations } from '../paths/observations.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SEED: Observation = observations().find(({ id }) => id === 'seed-design')!;

function folders(change: (text: string) => string = (text) => text): string {
  const files = Object.entries(filesOf(SEED));
  return temporaryFolder({
    ...Object.fromEntries(files.map(([path, text]) => [`main/deep/${path}`, text])),
    ...Object.fromEntries(files.map(([path, text]) => [`now/deep/${path}`, change(text)])),
  });
}

function run(cwd: string, ...words: string[]): string {
  const outcome = runCommand(parseArguments(['paths', ...words]), { cwd, color: false, progress: () => {} });
  return outcome.output;
}

const off = (text: string) => text.replace('"acceptRoutes": true', '"acceptRoutes": false');

describe('paths --base', () => {
  test('names the changed line, and not those of the folders', () => {
    const cwd = folders(off);
    const { difference } = JSON.parse(run(cwd, 'now', '--base', 'main', '--format', 'json'));
    expect(difference.broken.length).toBeGreaterThan(0);
    for (const { changed } of difference.broken) {
      expect(changed.map(({ path }: { path: string }) => path)).toEqual(['now/deep/cluster.yaml']);
    }
    expect(run(cwd, 'now', '--base', 'main')).toContain('"acceptRoutes": false');
    expect(run(cwd, 'now', '--base', 'main', '--format', 'markdown')).toContain('`now/deep/cluster.yaml:');
    expect(run(`${cwd}/now`, '--base', '../main')).toContain('  deep/cluster.yaml:');
  });

  test('of the same files is no difference', () => {
    expect(run(folders(), 'now', '--base', 'main')).toContain('no pair of pods fares otherwise\n');
  });

  test('compares both under what is assumed', () => {
    const output = run(folders(off), 'now', '--base', 'main', '--assume', 'accept=all');
    expect(output).toContain('no pair of pods fares otherwise\n');
    expect(output).toContain('assumed: every node accepts routes\n');
  });
});

describe('paths --assume', () => {
  test('answers as the files would that say so', () => {
    const matrix = (output: string) =>
      JSON.parse(output).pairs.map(
        ({ via, delivered }: { via: string; delivered: boolean }) => `${via} ${delivered}`,
      );
    const cwd = folders((text) => text.replaceAll('"acceptRoutes": true', '"acceptRoutes": false'));
    const given = matrix(run(cwd, 'now', '--format', 'json'));
    expect(matrix(run(cwd, 'main', '--format', 'json', '--assume', 'accept=none'))).toEqual(given);
    expect(matrix(run(cwd, 'main', '--format', 'json'))).not.toEqual(given);
  });

  test('of what is not there is refused', () => {
    expect(() => run(folders(), 'now', '--assume', 'approved=e')).toThrow(SettingsError);
    expect(() => run(folders(), 'now', '--assume', 'acept=all')).toThrow(
      '--assume: nothing can be assumed of "acept"',
    );
  });
});
