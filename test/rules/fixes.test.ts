import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/finding.ts';
import { diagnosticsOf, type Texts } from '../pipeline.ts';

/** A cluster at two sites, `rest` given to oslo-1, and `routes` declared. */
function texts(rest: string, routes = ROUTES): Texts {
  return {
    'cluster.yaml': `apiVersion: podroute/v1
kind: Cluster
spec:
  flannelBackend: host-gw
  nodes:
    - name: oslo-1
      site: oslo
      tailscaleIp: 100.64.0.1
      podCidr: 10.42.0.0/24
${rest}
    - {name: oslo-2, site: oslo, tailscaleIp: 100.64.0.2, podCidr: 10.42.1.0/24, tailscale: {acceptRoutes: true}}
    - {name: kyoto-1, site: kyoto, tailscaleIp: 100.64.0.3, podCidr: 10.42.2.0/24, tailscale: {acceptRoutes: true}}
`,
    'routes.yaml': `apiVersion: podroute/v1\nkind: Routes\nspec:\n  routes:\n${routes}`,
  };
}

const ROUTES = `    - {node: oslo-1, prefix: 10.42.0.0/24}
    - {node: oslo-2, prefix: 10.42.1.0/24}
    - {node: kyoto-1, prefix: 10.42.2.0/24}
`;
const ACCEPTS = '      tailscale: {acceptRoutes: true}\n';

function apply(files: Texts, { fix }: Diagnostic): Texts {
  const { path, text } = fix!.at.file;
  return { ...files, [path]: text.slice(0, fix!.at.start) + fix!.newText + text.slice(fix!.at.end) };
}

describe('a fix that is proposed mends what it is for', () => {
  it.each<[string, string, Texts, string]>([
    [
      'bypass-swallows-remote-pods',
      'in a flow map',
      texts(`${ACCEPTS}      ipRules: [ {to: 10.42.0.0/16, priority: 2500, table: main}]`),
      '{suppressPrefixlength: 0, to: 10.42.0.0/16,',
    ],
    [
      'bypass-swallows-remote-pods',
      'in a block map',
      texts(`${ACCEPTS}      ipRules:\n        - to: 10.42.0.0/16 # pods\n          priority: 2500`),
      '        - suppressPrefixlength: 0\n          to: 10.42.0.0/16 # pods\n',
    ],
    [
      'bypass-swallows-remote-pods',
      'below the dash',
      texts(`${ACCEPTS}      ipRules:\n      -\n        to: 10.42.0.0/16\n        priority: 2500`),
      '      -\n        suppressPrefixlength: 0\n        to: 10.42.0.0/16\n',
    ],
    [
      'bypass-swallows-remote-pods',
      'in JSON',
      texts(`${ACCEPTS}      ipRules: [{\n        "to": "10.42.0.0/16", "priority": 2500}]`),
      '{\n        "suppressPrefixlength": 0, "to": "10.42.0.0/16"',
    ],
    [
      'bypass-swallows-remote-pods',
      'in a command',
      { ...texts(ACCEPTS), 'hosts/oslo-1/up.sh': 'ip rule add to 10.42.0.0/16 pref 2500 table main\n' },
      'ip rule add suppress_prefixlength 0 to 10.42.0.0/16 pref 2500 table main',
    ],
    ['half-accepted-lan', 'in a manifest', texts(ACCEPTS.replace('true', 'false')), '{acceptRoutes: true}'],
    [
      'half-approved-lan',
      'in a manifest',
      texts(ACCEPTS, ROUTES.replace('0.0/24', '0.0/24, approve: false')),
      'prefix: 10.42.0.0/24, approve: true}',
    ],
  ])('%s %s', (rule, _, files, written) => {
    const found = diagnosticsOf(files).find((each) => each.rule === rule);
    expect(found?.fix).toBeDefined();
    const mended = apply(files, found!);
    expect(mended[found!.fix!.at.file.path]).toContain(written);
    const left = diagnosticsOf(mended).map((each) => each.rule);
    expect(left).not.toContain(rule);
    expect(left).not.toContain('syntax');
  });

  it.each([
    [
      'a rule that says how long a prefix counts',
      '      ipRules: [{to: 10.42.0.0/16, priority: 2500, suppressPrefixlength: -1}]',
    ],
  ])('none for %s', (_, rest) => {
    const found = diagnosticsOf(texts(`${ACCEPTS}${rest}`)).filter(
      ({ rule }) => rule === 'bypass-swallows-remote-pods',
    );
    expect(found.map(({ fix }) => fix)).toEqual([undefined]);
  });
});
