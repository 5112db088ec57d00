import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeReviewed,
  encodeReviewed,
  isReviewedIn,
  type ReviewedPlan,
  type ReviewedRoute,
  reviewedOf,
} from '../../src/plan/reviewed.ts';
import { planOf, type Setting, TAGGED } from './plans.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
const route: fc.Arbitrary<ReviewedRoute> = fc
  .record({
    node: text,
    device: fc.option(fc.record({ id: text, created: fc.option(text, { nil: undefined }) }), {
      nil: undefined,
    }),
    prefix: fc.constantFrom('10.42.0.0/24', '192.168.50.0/24', 'fd00:42::/64', '0.0.0.0/0'),
    action: fc.constantFrom('approve' as const, 'remove' as const),
    pending: fc.boolean(),
  })
  .map(({ device, ...rest }) => ({
    ...rest,
    ...(device && { device: device.id }),
    ...(device?.created !== undefined && { created: device.created }),
  }));
const reviewed: fc.Arbitrary<ReviewedPlan> = fc.record({
  version: fc.constant(1 as const),
  repository: fc.constantFrom('example/home', 'a.b-c/d_e'),
  pull: fc.integer({ min: 1, max: 2 ** 40 }),
  heads: fc.array(fc.oneof(hex(40), hex(64)), { maxLength: 3 }),
  server: text,
  control: fc.constantFrom('tailscale' as const, 'headscale' as const),
  digest: hex(64).map((digits) => `sha256:${digits}`),
  routes: fc.array(route, { maxLength: 5 }),
});

const PLAN: ReviewedPlan = {
  version: 1,
  repository: 'example/home',
  pull: 7,
  heads: ['0123456789'.repeat(4)],
  server: 'https://headscale.example.com',
  control: 'headscale',
  digest: `sha256:${'0'.repeat(64)}`,
  routes: [
    {
      node: 'a',
      device: '3',
      created: '2026-03-01T00:00:00Z',
      prefix: '10.42.0.0/24',
      action: 'approve',
      pending: false,
    },
  ],
};

describe('a reviewed plan', () => {
  test('reads back as it was written, on one line of ASCII', () => {
    fc.assert(
      fc.property(reviewed, (plan) => {
        const code = encodeReviewed(plan);
        expect(code).toMatch(/^[\w+/]+=*$/);
        expect(decodeReviewed(code)).toEqual(plan);
      }),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => btoa(unescape(encodeURIComponent(json)))),
        ),
        (code) => {
          expect(decodeReviewed(code)).toBeUndefined();
        },
      ),
    );
  });

  test('nothing in place of a part of it makes it throw, or pass', () => {
    const parts = fc.constantFrom(...Object.keys(PLAN), ...Object.keys(PLAN.routes[0]!));
    fc.assert(
      fc.property(parts, fc.jsonValue(), (part, value) => {
        const isOfPlan = part in PLAN;
        const changed = isOfPlan
          ? { ...PLAN, [part]: value }
          : { ...PLAN, routes: [{ ...PLAN.routes[0], [part]: value }] };
        const read = decodeReviewed(btoa(unescape(encodeURIComponent(JSON.stringify(changed)))));
        if (read !== undefined) expect(read).toEqual(changed);
      }),
    );
  });

  const withRoute = (more: object) => ({ ...PLAN, routes: [{ ...PLAN.routes[0], ...more }] });
  test.each<[string, unknown]>([
    ['another version', { ...PLAN, version: 2 }],
    ['a repository that is none', { ...PLAN, repository: 'example' }],
    ['a pull request 0', { ...PLAN, pull: 0 }],
    ['a fraction of one', { ...PLAN, pull: 1.5 }],
    ['a short commit', { ...PLAN, heads: ['0123456'] }],
    ['a commit in capitals', { ...PLAN, heads: ['ABCDEF0123'.repeat(4)] }],
    ['too many commits', { ...PLAN, heads: Array(101).fill(PLAN.heads[0]) }],
    ['too many routes', { ...PLAN, routes: Array(5001).fill(PLAN.routes[0]) }],
    ['another control server', { ...PLAN, control: 'other' }],
    ['a digest with a line more', { ...PLAN, digest: `${PLAN.digest}\n` }],
    ['no routes', { ...PLAN, routes: undefined }],
    ['routes that are no list', { ...PLAN, routes: {} }],
    ['a route that is a list', { ...PLAN, routes: [[]] }],
    ['an empty node', withRoute({ node: '' })],
    ['a long node', withRoute({ node: 'a'.repeat(1001) })],
    ['host bits', withRoute({ prefix: '10.42.0.1/24' })],
    ['another spelling', withRoute({ prefix: 'FD00::/64' })],
    ['another action', withRoute({ action: 'delete' })],
    ['a number as a device', withRoute({ device: 3 })],
    ['a date without a device', withRoute({ device: undefined })],
    ['a list', []],
    ['null', null],
  ])('is not read with %s', (_, json) => {
    expect(decodeReviewed(btoa(JSON.stringify(json)))).toBeUndefined();
  });

  test('keeps nothing that it does not know, and spoils nothing', () => {
    const json = JSON.stringify(PLAN).replace('{', '{"__proto__":{"spoilt":true},"more":1,');
    expect(decodeReviewed(btoa(json))).toEqual(PLAN);
    expect(Object.keys(decodeReviewed(btoa(json))!)).toEqual(Object.keys(PLAN));
    expect('spoilt' in {}).toBe(false);
  });

  test.each([5000, 5001])('of %i routes', (count) => {
    const code = encodeReviewed({ ...PLAN, routes: Array(count).fill(PLAN.routes[0]) });
    expect(decodeReviewed(code)?.routes.length).toBe(count === 5000 ? 5000 : undefined);
  });
});

describe('what was reviewed', () => {
  const device = { ...TAGGED, advertised: ['10.42.0.0/24'], approved: [], created: '2026-03-01T00:00:00Z' };
  const setting: Setting = {
    nodes: { a: {}, b: {}, c: {} },
    routes: ['a', 'b', 'c'].map((node, index) => ({ node, prefix: `10.42.${index}.0/24` })),
    devices: { a: device, b: { ...TAGGED, advertised: ['10.42.1.0/24'] } },
  };
  const of = { repository: 'example/home', pull: 7, heads: [], server: 'x' };
  const first = reviewedOf(planOf(setting), of);

  test('is all that was not done yet', () => {
    expect(first.routes).toEqual([
      {
        node: 'a',
        device: 'a',
        created: device.created,
        prefix: '10.42.0.0/24',
        action: 'approve',
        pending: false,
      },
      {
        node: 'c',
        toldBy: '100.64.0.3 c tag:k3s',
        prefix: '10.42.2.0/24',
        action: 'approve',
        pending: true,
      },
    ]);
  });

  const isAllowed = (later: Setting, onlyPending = false) => {
    const isReviewed = isReviewedIn([first], onlyPending);
    return planOf(later)
      .wanted.filter(({ state }) => state === 'now')
      .map((each) => `${each.node} ${isReviewed(each)}`);
  };
  const joined = { ...TAGGED, advertised: ['10.42.2.0/24'], approved: [], addresses: ['100.64.0.3'] };
  test.each<[string, Setting, string[]]>([
    ['the same device', setting, ['a true']],
    [
      'registered again',
      { ...setting, devices: { ...setting.devices, a: { ...device, created: '2026-03-02T00:00:00Z' } } },
      ['a false'],
    ],
    [
      'under another id',
      { ...setting, devices: { ...setting.devices, a: { ...device, id: '9' } } },
      ['a false'],
    ],
    [
      'another prefix',
      {
        ...setting,
        routes: [{ node: 'a', prefix: '10.7.0.0/24' }],
        devices: { a: { ...device, advertised: ['10.7.0.0/24'] } },
      },
      ['a false'],
    ],
    [
      'another action',
      {
        ...setting,
        routes: [{ node: 'a', prefix: '10.42.0.0/24', prune: true }],
        devices: { a: { ...device, approved: ['10.42.0.0/24'] } },
      },
      ['a false'],
    ],
    [
      'a node that has joined since',
      { ...setting, devices: { ...setting.devices, c: joined } },
      ['a true', 'c true'],
    ],
    [
      'a node that the files lead to another device since',
      {
        ...setting,
        nodes: { a: {}, b: {}, c: { tailscaleIp: '100.64.0.77' } },
        devices: { ...setting.devices, c: { ...joined, addresses: ['100.64.0.77'] } },
      },
      ['a true', 'c false'],
    ],
  ])('%s', (_, later, expected) => {
    expect(isAllowed(later)).toEqual(expected);
  });

  test('and was pending, where only that is asked', () => {
    const later = { ...setting, devices: { ...setting.devices, c: joined } };
    expect(isAllowed(later, true)).toEqual(['a false', 'c true']);
  });

  test('in any of the plans, and in none of no plans', () => {
    const [route] = planOf(setting).wanted;
    expect(isReviewedIn([{ ...first, routes: [] }, first])(route!)).toBe(true);
    expect(isReviewedIn([])(route!)).toBe(false);
  });
});
