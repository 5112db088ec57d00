import { expect, test } from 'vitest';
import { COMMANDS, parseArguments } from '../../src/app/arguments.ts';
import { HELP } from '../../src/app/help.ts';

test('tells of options that there are', () => {
  const options = [...new Set(HELP.match(/--[a-z][a-z-]*/g))];
  expect(options.length).toBeGreaterThan(10);
  for (const option of options) {
    const run = () => parseArguments(['help', option]);
    try {
      run();
    } catch (error) {
      expect(String(error)).toContain(`${option} needs `);
    }
  }
});

test('names every command, and fits a terminal', () => {
  for (const command of COMMANDS) expect(HELP).toContain(command);
  expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});
