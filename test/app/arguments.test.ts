import { expect, test } from 'vitest';
import { parseArguments } from '../../src/app/arguments.ts';
import { SettingsError } from '../../src/app/errors.ts';

const DEFAULTS = { operands: [], format: 'text', failOn: 'error', drift: false, color: true, quiet: false };

test.each([
  [['check'], { command: 'check' }],
  [['check', 'a', 'b'], { command: 'check', operands: ['a', 'b'] }],
  [['check', '--', '--x'], { command: 'check', operands: ['--x'] }],
  [['check', '--format', 'json', '--fail-on=never'], { command: 'check', format: 'json', failOn: 'never' }],
  [['--quiet', 'check', '--no-color'], { command: 'check', quiet: true, color: false }],
  [
    ['plan', '--drift', '--tailnet', 'home.example'],
    { command: 'plan', drift: true, tailnet: 'home.example' },
  ],
  [['apply', '--digest', 'd', '--headscale-url=u'], { command: 'apply', digest: 'd', headscaleUrl: 'u' }],
  [['check', '--config', 'a b.yaml'], { command: 'check', config: 'a b.yaml' }],
  [
    ['policy', 'p.hujson', '--devices', 'd.json', '--control', 'headscale', '--base', 'old.hujson'],
    {
      command: 'policy',
      operands: ['p.hujson'],
      devices: 'd.json',
      control: 'headscale',
      base: 'old.hujson',
    },
  ],
  [
    ['policy', 'p.hujson', '--from=a', '--to=b:1', '--proto', '17'],
    { command: 'policy', operands: ['p.hujson'], from: 'a', to: 'b:1', proto: '17' },
  ],
  [['--from', 'a', '--to', 'b', 'paths'], { command: 'paths', from: 'a', to: 'b' }],
  [
    ['paths', '--port=53', '--proto', 'udp', '--devices', 'd.json', '--base', 'old', '--format', 'svg'],
    { command: 'paths', port: '53', proto: 'udp', devices: 'd.json', base: 'old', format: 'svg' },
  ],
  [
    ['paths', '--assume', 'approved=none', '--assume', 'accept=a,b'],
    { command: 'paths', assume: ['approved=none', 'accept=a,b'] },
  ],
  [['rules', '--help', '--base', 'x'], { command: 'help', base: 'x' }],
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
    '--format is "jsn", not one of text, json, github, sarif, markdown, dot, svg: did you mean json?',
  ],
  [['check', '--from', 'a', '--to', 'b:1'], 'check takes no --from'],
  [['check', '--base', 'x'], 'check takes no --base'],
  [['check', '--control', 'headscale'], 'check takes no --control'],
  [['paths', '--control', 'headscale'], 'paths takes no --control'],
  [['check', '--port', '80'], 'check takes no --port'],
  [['policy', '--assume', 'accept=all'], 'policy takes no --assume'],
  [['paths', '--assume='], '--assume needs a value'],
  [['rules', '--devices', 'x'], 'rules takes no --devices'],
  [['explain', 'syntax', '--proto', 'tcp'], 'explain takes no --proto'],
  [['policy', '--from', 'a'], '--from needs --to'],
  [['policy', '--to', 'a:1'], '--to needs --from'],
  [['policy', '--proto', 'tcp'], '--proto needs --to'],
  [['policy', '--to='], '--to needs a value'],
  [
    ['policy', '--control', 'headscal'],
    '--control is "headscal", not one of tailscale, headscale: did you mean headscale?',
  ],
  [['check', '--fail-on', 'fatal'], '--fail-on is "fatal", not one of error, warning, note, never'],
])('%j: %s', (words, message) => {
  expect(() => parseArguments(words)).toThrow(new SettingsError(message));
});
