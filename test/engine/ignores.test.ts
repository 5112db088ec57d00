import { describe, expect, it } from 'vitest';
import { check } from '../../src/engine/check.ts';
import { placesOf, readTexts } from '../pipeline.ts';

const node = (role: string) => `TAILSCALE_IP=100.64.0.1\n${role}\n`;

describe('an ignore', () => {
  it.each([
    ['on the line', 'NODE_ROLE=servr # podroute: ignore[unknown-role] on purpose', []],
    ['alone on the line above', '# podroute: ignore[unknown-role]\nNODE_ROLE=servr', []],
    [
      'with others above',
      '# podroute: ignore[unknown-role]\n# podroute: ignore[syntax]\nNODE_ROLE=servr',
      ['x.env:3 unused-ignore'],
    ],
    [
      'for several rules',
      'NODE_ROLE=servr # podroute: ignore[syntax, unknown-role]',
      ['x.env:2 unused-ignore'],
    ],
    [
      'two lines above',
      '# podroute: ignore[unknown-role]\n\nNODE_ROLE=servr',
      ['x.env:2 unused-ignore', 'x.env:4 unknown-role'],
    ],
    [
      'after a value of another line',
      'A=1 # podroute: ignore[unknown-role]\nNODE_ROLE=servr',
      ['x.env:2 unused-ignore', 'x.env:3 unknown-role'],
    ],
    [
      'above, with more of its comment between',
      '# podroute: ignore[unknown-role] the old\n# installer calls it so\nNODE_ROLE=servr',
      [],
    ],
    ['for the file', 'NODE_ROLE=servr\n# podroute: ignore-file[unknown-role]', []],
    [
      'with a misspelt rule',
      'NODE_ROLE=servr # podroute: ignore[unknown-rol]',
      ['x.env:2 unknown-role', 'x.env:2 unused-ignore'],
    ],
    ['without a rule', 'NODE_ROLE=servr # podroute: ignore', ['x.env:2 unknown-role']],
  ])('%s', (_, role, expected) => {
    expect(placesOf({ 'x.env': node(role) })).toEqual(expected);
  });

  it('in HuJSON is a // comment', () => {
    const policy = (comment: string) =>
      `{\n"acls": [{"action": "accept", "src": ["tag:a"], "dst": ["*:*"]}] ${comment}\n}\n`;
    expect(placesOf({ 'policy.hujson': policy('') })).toEqual(['policy.hujson:2 undefined-tag']);
    expect(placesOf({ 'policy.hujson': policy('// podroute: ignore[undefined-tag]') })).toEqual([]);
  });

  it.each([
    ['lines that a shell joins', 'up.sh', '', 'tailscale up \\\n  --advertise-routes=10.0.0.1/24\n'],
    [
      'a block scalar',
      'compose.yaml',
      'services:\n  ts:\n    image: tailscale/tailscale\n    volumes: [s:/s]\n    environment:\n      - TS_STATE_DIR=/s\n',
      '      - >-\n        TS_ROUTES=10.0.0.0/24,10.0.1.1/24\n',
    ],
  ])('covers %s', (_, path, above, statement) => {
    const comment = '# podroute: ignore[invalid-prefix]\n';
    expect(placesOf({ [path]: above + statement })).toEqual([expect.stringContaining('invalid-prefix')]);
    expect(placesOf({ [path]: above + comment + statement })).toEqual([]);
  });

  it('of a rule that is switched off is not unused', () => {
    const files = readTexts({ 'x.env': node('NODE_ROLE=servr # podroute: ignore[unknown-role]') });
    expect(check(files, { severities: new Map([['unknown-role', 'off']]) }).diagnostics).toEqual([]);
  });
});
