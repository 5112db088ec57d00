import { describe, expect, test } from 'vitest';
import { tracePods } from '../../src/paths/pod-paths.ts';
import { net } from './nets.ts';

const LAN_A = { site: 'lan', lanIp: '192.168.50.11/24' };
const LAN_B = { site: 'lan', lanIp: '192.168.50.12/24' };
const FAR = { site: 'far', lanIp: '10.0.0.5/24' };
const QUIET = { tailscale: { acceptRoutes: false } };
const USERSPACE = { tailscale: { mode: 'userspace' } };
const rule = (more: object) => ({ ipRules: [{ to: '10.42.0.0/16', table: 'main', ...more }] });

/** The first step from `a` to `b`, and which lines it rests on. */
function firstStep(
  nodes: Readonly<Record<string, object>>,
  backend = 'host-gw',
): readonly [string, readonly string[]] {
  const network = net(nodes, { backend });
  const [a, b] = network.hosts;
  const [step] = tracePods(network, a!, b!).steps;
  return [step!.says, step!.because.map(({ file, start, end }) => file.text.slice(start, end))];
}

describe('which table answers, and why that one', () => {
  test.each([
    [
      'table 52 comes before what main has',
      { a: LAN_A, b: LAN_B },
      'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes; ' +
        "main would be asked after it, where flannel's host-gw route leads to b on the LAN",
    ],
    [
      'table 52 has the only route',
      { a: LAN_A, b: FAR },
      'a looks up 10.42.1.10: table 52 has 10.42.1.0/24 through b, as a accepts routes',
    ],
    [
      'table 52 has none',
      { a: { ...LAN_A, ...QUIET }, b: { ...LAN_B, ...QUIET } },
      "a looks up 10.42.1.10 in main, to which Tailscale's table 52 leaves it: flannel's host-gw route leads to b on the LAN",
    ],
    [
      'the host has no table 52',
      { a: { ...LAN_A, ...USERSPACE }, b: { ...LAN_B, ...USERSPACE } },
      "a looks up 10.42.1.10: flannel's host-gw route leads to b on the LAN",
    ],
    [
      "a rule before Tailscale's",
      { a: { ...LAN_A, ...rule({ priority: 5269, suppressPrefixlength: 0 }) }, b: LAN_B },
      "a looks up 10.42.1.10 in main, as its rule of priority 5269 comes before Tailscale's: flannel's host-gw route leads to b on the LAN",
    ],
    [
      "a rule after Tailscale's",
      { a: { ...LAN_A, ...QUIET, ...rule({ priority: 5271 }) }, b: { ...LAN_B, ...QUIET } },
      "a looks up 10.42.1.10 in main, as its rule of priority 5271 has it: flannel's host-gw route leads to b on the LAN",
    ],
    [
      'a rule that asks table 52 itself',
      { a: { ...LAN_A, ...rule({ priority: 100, table: '52' }) }, b: LAN_B },
      "a looks up 10.42.1.10 in table 52, as its rule of priority 100 comes before Tailscale's: table 52 has 10.42.1.0/24 through b, as a accepts routes",
    ],
    [
      'a rule that only run time knows',
      { a: { ...LAN_A, ...rule({}) }, b: LAN_B },
      expect.stringMatching(/^a looks up 10\.42\.1\.10: the files do not tell the priority of a rule/),
    ],
  ])('%s', (_, nodes, says) => {
    expect(firstStep(nodes)[0]).toEqual(says);
  });

  test("flannel's own tunnel", () => {
    expect(firstStep({ a: LAN_A, b: LAN_B }, 'vxlan')[0]).toMatch(
      /; main would be asked after it, where flannel's vxlan tunnel leads to the pods of b$/,
    );
  });
});

test('the line of the rule comes first', () => {
  const [, lines] = firstStep({ a: { ...LAN_A, ...rule({ priority: 2500 }) }, b: LAN_B });
  expect(lines[0]).toContain('to');
  expect(lines).toContain('"10.42.1.0/24"');
});

test('the reply is looked up too', () => {
  const network = net({ a: LAN_A, b: FAR });
  const { steps } = tracePods(network, network.hosts[0]!, network.hosts[1]!);
  expect(steps.map(({ says }) => says)).toContain(
    'b looks up the way back to 10.42.0.10: table 52 has 10.42.0.0/24 through a, as b accepts routes',
  );
});

test('a leak is told with what the tailnet lacks, a bypass without', () => {
  const last = (a: object) => {
    const network = net({ a, b: FAR });
    return tracePods(network, network.hosts[0]!, network.hosts[1]!)
      .steps.map(({ says }) => says)
      .slice(1);
  };
  const leak = "it leaves a for its site's router, which knows no 10.42.1.10";
  expect(last({ ...LAN_A, ...QUIET })).toEqual(['a accepts no routes', leak]);
  expect(last({ ...LAN_A, ...rule({ priority: 2500 }) })).toEqual([leak]);
});
