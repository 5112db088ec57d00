import { describe, expect, it } from 'vitest';
import { placesOf } from '../pipeline.ts';

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
    ['for the file', 'NODE_ROLE=servr\n# podroute: ignore-file[unknown-role]', []],
    [
      'with a misspelt rule',
      'NODE_ROLE=servr # podroute: ignore[unknown-rol]',
      ['x.env:2 unknown-role', 'x.env:2 unused-ignore'],
    ],
    ['without a rule', 'NODE_ROLE=servr # podroute: ignore', ['x.env:2 unknown-role']],
  ])('%s', async (_, role, expected) => {
    expect(await placesOf({ 'x.env': node(role) })).toEqual(expected);
  });

  it('in HuJSON is a // comment', async () => {
    const policy = (comment: string) =>
      `{\n"acls": [{"action": "accept", "src": ["tag:a"], "dst": ["*:*"]}] ${comment}\n}\n`;
    expect(await placesOf({ 'policy.hujson': policy('') })).toEqual(['policy.hujson:2 undefined-tag']);
    expect(await placesOf({ 'policy.hujson': policy('// podroute: ignore[undefined-tag]') })).toEqual([]);
  });
});
