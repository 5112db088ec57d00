import { expect, test } from 'vitest';
import { parseArguments } from '../../src/app/arguments.ts';
import { SettingsError } from '../../src/app/errors.ts';

const DEFAULTS = { operands: [], format: 'text', failOn: 'error', color: true, quiet: false };

test.each([
  [['check'], { command: 'check' }],
  [['check', 'a', 'b'], { command: 'check', operands: ['a', 'b'] }],
  [['check', '--', '--x'], { command: 'check', operands: ['--x'] }],
  [['check', '--format', 'json', '--fail-on=never'], { command: 'check', format: 'json', failOn: 'never' }],
  [['--quiet', 'check', '--no-color'], { command: 'check', quiet: true, color: false }],
  [['check', '--config', 'a b.yaml'], { command: 'check', config: 'a b.yaml' }],
  [['explain', 'syntax'], { command: 'explain', operands: ['syntax'] }],
  [['--help'], { command: 'help' }],
  [['check', '-h'], { command: 'help', operands: [] }],
  [['help'], { command: 'help' }],
  [['--version'], { command: 'version' }],
])('%j', (words, expected) => {
  expect(parseArguments(words)).toEqual({ ...DEFAULTS, ...expected });
});

test.each([
  [[], 'no command was given: one of check, paths, policy, plan, apply, explain, rules'],
  [['chekc'], 'there is no command "chekc": did you mean check?'],
  [['frobnicate'], 'there is no command "frobnicate"'],
  [['check', '--formt', 'json'], 'there is no option "--formt": did you mean --format?'],
  [['check', '-x'], 'there is no option "-x"'],
  [['check', '--__proto__'], 'there is no option "--__proto__"'],
  [['check', '--format'], '--format needs a value'],
  [['check', '--format='], '--format needs a value'],
  [['check', '--quiet=yes'], '--quiet takes no value'],
  [
    ['check', '--format', 'jsn'],
    '--format is "jsn", not one of text, json, github, sarif, markdown: did you mean json?',
  ],
  [['check', '--fail-on', 'fatal'], '--fail-on is "fatal", not one of error, warning, note, never'],
])('%j: %s', (words, message) => {
  expect(() => parseArguments(words)).toThrow(new SettingsError(message));
});
