import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const PAGES = ['README.md', 'docs/paths.md', 'docs/policy.md', 'docs/approvals.md'];

/** Every command of a page that is shown with what it prints. */
const shown = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```console\n\$ node (dist\/cli\.js .*)\n([\s\S]*?)^```$/gm)].map(
    ([, command = '', output = '']) => [page, command, output] as const,
  ),
);

test.each([
  'check examples/home',
  'paths examples/home',
  'plan examples/three-sites --devices examples/three-sites/devices.json',
])('the README shows %s', (command) => {
  expect(shown.map(([page, shown]) => `${page}: ${shown}`)).toContain(`README.md: dist/cli.js ${command}`);
});

test.each(shown)('%s: node %s', (_, command, output) => {
  const { stdout, stderr } = spawnSync(process.execPath, command.split(' '), { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe(output);
});
