import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SettingsError } from '../../src/app/errors.ts';
import { readSettings } from '../../src/app/settings.ts';
import { DEFAULT_LIMITS } from '../../src/plan/limits.ts';
import { textOf } from '../../src/source/span.ts';
import { temporaryFolder } from './temporary-folder.ts';

const read = (files: Record<string, string>, config?: string) => readSettings(temporaryFolder(files), config);

test('without a file nothing is set', () => {
  const settings = read({});
  expect([...settings.severities]).toEqual([]);
  expect(settings.isExcluded('a')).toBe(false);
  expect(settings.parameterNames.get('NODE_ROLE')).toBe('NODE_ROLE');
  expect(settings.tests).toEqual([]);
  expect(settings.control).toBeUndefined();
});

test.each(['', '# nothing yet\n', 'rules:\nexclude:\n', '{}'])('neither with %j', (text) => {
  expect([...read({ '.podroute.yaml': text }).severities]).toEqual([]);
});

test('severities, paths and names', () => {
  const text = `rules:
  overlapping-routes: warning
  invalid-prefix: off
exclude: [archive/**, '**/*.bak.yaml']
parameters:
  NODE_ROLE: ROLE
`;
  const settings = read({ '.podroute.yaml': text });
  expect([...settings.severities]).toEqual([
    ['overlapping-routes', 'warning'],
    ['invalid-prefix', 'off'],
  ]);
  expect(['archive/a', 'x/a.bak.yaml', 'x/a.yaml'].map(settings.isExcluded)).toEqual([true, true, false]);
  expect(settings.parameterNames.get('ROLE')).toBe('NODE_ROLE');
  expect(settings.parameterNames.get('LAN_IP')).toBe('LAN_IP');
});

test.each(['tailscale', 'headscale'])('a tailnet of %s', (control) => {
  expect(read({ '.podroute.yaml': `control: ${control}` }).control).toBe(control);
});

test('limits of what is approved', () => {
  expect(read({}).limits).toEqual(DEFAULT_LIMITS);
  expect(read({ '.podroute.yaml': 'approvals: {devices: , offline: , widest-ipv4: }' }).limits).toEqual(
    DEFAULT_LIMITS,
  );
  const text = `approvals:
  devices: 20
  routes: 0
  widest-ipv4: 24
  widest-ipv6: 64
  pre-approve: true
  offline: true
`;
  expect(read({ '.podroute.yaml': text }).limits).toEqual({
    devices: 20,
    routes: 0,
    widest: { 4: 24, 6: 64 },
    preApprove: true,
    offline: true,
  });
});

test('tests, each part at its place', () => {
  const text = `tests:
  - src: 10.42.0.0/24
    accept: ['10.42.3.0/24:8000-8100,443', 'ipset:oslo:*']
  - {src: 'tag:k3s', proto: 6, deny: ['*:22']}
  - {src: nas, accept: , deny: ['nas:1']}
`;
  const { tests } = read({ '.podroute.yaml': text });
  expect(
    tests.map(({ source, protocol, accept, deny }) =>
      [source, ...(protocol ? [protocol] : []), ...accept, ...deny].map(({ value, span }) => [
        value,
        textOf(span),
      ]),
    ),
  ).toEqual([
    [
      ['10.42.0.0/24', '10.42.0.0/24'],
      ['10.42.3.0/24:8000-8100,443', "'10.42.3.0/24:8000-8100,443'"],
      ['ipset:oslo:*', "'ipset:oslo:*'"],
    ],
    [
      ['tag:k3s', "'tag:k3s'"],
      ['6', '6'],
      ['*:22', "'*:22'"],
    ],
    [
      ['nas', 'nas'],
      ['nas:1', "'nas:1'"],
    ],
  ]);
});

test('another file that --config names', () => {
  const files = { 'ci/settings.yaml': 'rules: {syntax: note}', '.podroute.yaml': 'rules: {syntax: off}' };
  expect([...read(files, 'ci/settings.yaml').severities]).toEqual([['syntax', 'note']]);
});

describe('what is wrong is said with its place', () => {
  test.each([
    [
      'rules: {overlaping-routes: off}',
      ['1:9 there is no rule "overlaping-routes", the nearest one is "overlapping-routes"'],
    ],
    ['rules: {x: off}', ['1:9 there is no rule "x"']],
    [
      'rules:\n  syntax: fatal\nexcludes: []\n',
      [
        '2:11 "syntax" of the rules takes "error", "warning", "note" or "off", not "fatal"',
        '3:1 unknown key "excludes" of a settings file, the nearest known one is "exclude"',
      ],
    ],
    [
      'exclude: [/etc, ../x, a/../b, ~/x, "C:\\\\x", a..b]',
      [
        '1:11 "/etc" leads out of the folder',
        '1:17 "../x" leads out of the folder',
        '1:23 "a/../b" leads out of the folder',
        '1:31 "~/x" leads out of the folder',
        '1:36 "C:\\x" leads out of the folder',
      ],
    ],
    [
      'parameters: {NODE_ROLES: X}',
      ['1:14 unknown key "NODE_ROLES" of the parameters, the nearest known one is "NODE_ROLE"'],
    ],
    ['a: 1\n---\nb: 2\n', ['1:1 unknown key "a" of a settings file', '2:1 a second document']],
    [
      "parameters: {LAN_IP: '', NODE_ROLE: a b}",
      ['1:22 "" is no name of a variable', '1:37 "a b" is no name of a variable'],
    ],
    ['[]', ['1:1 a settings file takes a map, not a list']],
    [
      'tests:\n  - {src: nas, acept: [a]}\n  - {accept: [a]}\n  - {src: nas, deny: [nas]}\n',
      [
        '2:11 a test has neither "accept" nor "deny"',
        '2:16 unknown key "acept" of a test, the nearest known one is "accept"',
        '3:6 a test lacks "src"',
        '4:23 "nas" has no port',
      ],
    ],
    [
      'tests: [{src: [a], accept: nas:1}]',
      ['1:15 "src" of a test takes text, not a list', '1:28 "accept" of a test takes a list, not text'],
    ],
    [
      'control: headscal',
      ['1:10 "control" of a settings file takes "tailscale" or "headscale", not "headscal"'],
    ],
    [
      'approvals: {devices: -1, routes: 1.5, widest-ipv4: 0, widest-ipv6: 129, offline: 1, prune: true}',
      [
        '1:22 "devices" of the approvals is at least 0, not -1',
        '1:34 "routes" of the approvals takes a whole number, not a number',
        '1:52 "widest-ipv4" of the approvals is at least 1, not 0',
        '1:68 "widest-ipv6" of the approvals is at most 128, not 129',
        '1:82 "offline" of the approvals takes true or false, not a number',
        '1:85 unknown key "prune" of the approvals',
      ],
    ],
    ['tests: nas', ['1:8 "tests" of a settings file takes a list, not text']],
  ])('%j', (text, lines) => {
    const message = lines.map((line) => `.podroute.yaml:${line}`).join('\n');
    expect(() => read({ '.podroute.yaml': text })).toThrow(new SettingsError(message));
  });

  test('a text that does not parse', () => {
    expect(() => read({ '.podroute.yaml': 'rules: {' })).toThrow(/^\.podroute\.yaml:1:\d+ /);
  });

  test('an alias bomb', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`,
    );
    expect(() => read({ '.podroute.yaml': `a0: &a0 x\n${levels.join('\n')}\n` })).toThrow(SettingsError);
  });

  test('a name that is nearly right', () => {
    expect(() => read({ '.podroute.yml': '' })).toThrow(
      new SettingsError('.podroute.yml: settings are read from .podroute.yaml'),
    );
  });

  test('a file that is not there, is a folder or is no text', () => {
    expect(() => read({}, 'x.yaml')).toThrow('x.yaml cannot be read: no such file or folder');
    expect(() => read({ 'x/y': '' }, 'x')).toThrow('x is a folder, not a settings file');
    const folder = temporaryFolder({ '.podroute.yaml': new Uint8Array([0xff]) });
    expect(() => readSettings(folder, undefined)).toThrow('.podroute.yaml cannot be read: not UTF-8');
  });

  test('a link out of the folder', () => {
    const folder = temporaryFolder({ 'home/x': '', 'away.yaml': '' });
    symlinkSync('../away.yaml', join(folder, 'home/.podroute.yaml'));
    expect(() => readSettings(join(folder, 'home'), undefined)).toThrow(
      '.podroute.yaml is a symbolic link that leads out of the folder',
    );
  });
});
