import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const README = readFileSync('README.md', 'utf8');

it('the README shows what the example prints', () => {
  const { stdout, status } = spawnSync(process.execPath, ['dist/cli.js', 'check', 'examples/home'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  const shown = /^\$ node dist\/cli\.js check examples\/home\n([\s\S]*?)^```$/m.exec(README)?.[1];
  expect(shown).toBe(stdout);
});
