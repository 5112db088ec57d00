import { describe, expect, test } from 'vitest';
import { buildClusters } from '../../src/cluster/build.ts';
import { outlooksOf } from '../../src/plan/effects/outlook.ts';
import type { WantedRoute } from '../../src/plan/plan.ts';
import { policyNotes } from '../../src/plan/policy-notes.ts';
import { readTexts } from '../pipeline.ts';
import { prefix } from '../policy/tailnet.ts';
import { changesTo, files, OPEN, outlookOf } from './outlooks.ts';

const APPROVERS = { autoApprovers: { routes: { '10.42.0.0/16': ['tag:k3s'] } } };

interface Asked {
  readonly own?: object;
  readonly live?: object;
  readonly unread?: string;
  readonly control?: 'headscale';
  /** The states of as many nodes' own pods; `pending` ones are advertised by nobody, `absent` nodes are not there. */
  readonly states: readonly (WantedRoute['state'] | 'absent')[];
}

function notes({ own = OPEN, live, unread, control, states }: Asked): string[] {
  const nodes = Object.fromEntries(states.map((_, index) => [`n${index}`, { site: `s${index}` }]));
  const routes = states.map((_, index) => ({ node: `n${index}`, prefix: `10.42.${index}.0/24` }));
  const texts = files(nodes, routes, own);
  const outlook = outlookOf(texts, {});
  const list = { ...outlook.list, control: control ?? outlook.list.control };
  const wanted = states.map((state, index): WantedRoute => {
    const known = list.devices[index]!;
    const device =
      state === 'absent' ? undefined : state === 'pending' ? { ...known, advertised: [] } : known;
    return {
      node: `n${index}`,
      device,
      prefix: prefix(`10.42.${index}.0/24`),
      action: 'approve',
      state: state === 'absent' ? 'pending' : state,
      because: [outlook.clusters[0]!.routes[index]!.span],
    };
  });
  const inForce = live && buildClusters(readTexts({ 'policy.hujson': policyText(live) }))[0]!.policies[0];
  const { clusters } = outlook;
  const outlooks = outlooksOf(clusters, list, inForce);
  const after = Object.fromEntries(routes.map(({ node, prefix: each }) => [node, [each]]));
  const changes = changesTo(outlook, after);
  return policyNotes({ clusters, list, inForce, inForceUnread: unread, wanted, outlooks, changes }).map(
    ({ says }) => says,
  );
}

function policyText(policy: object): string {
  return JSON.stringify({ tagOwners: { 'tag:k3s': [] }, ...policy }, null, 1);
}

describe('what autoApprovers do by themselves', () => {
  test('on Tailscale they act when a route is new, and never afterwards', () => {
    const own = { ...OPEN, ...APPROVERS };
    expect(notes({ own, states: ['now', 'pending', 'absent', 'done'] })).toEqual([
      'autoApprovers will approve 10.42.1.0/24 of n1 and 10.42.2.0/24 of n2 by themselves as soon as they are first advertised',
      'autoApprovers cover 10.42.0.0/24 of n0 and will never approve it by themselves, as it is advertised already and Tailscale asks them when a route is new',
    ]);
  });

  test('on Headscale they act again and again', () => {
    const own = { ...OPEN, ...APPROVERS };
    expect(notes({ own, control: 'headscale', states: ['now', 'pending'] })).toEqual([
      'autoApprovers approve 10.42.0.0/24 of n0 and 10.42.1.0/24 of n1 by themselves when their nodes register or change their routes and when the policy is loaded',
    ]);
  });

  test('many nodes are one note', () => {
    const own = { ...OPEN, ...APPROVERS };
    const [says, ...others] = notes({ own, states: Array<'now'>(50).fill('now') });
    expect(others).toEqual([]);
    expect(says).toContain('10.42.0.0/24 of n0, 10.42.1.0/24 of n1, 10.42.2.0/24 of n2 and 47 more');
  });

  test('nothing is said where they cover nothing, or all is done', () => {
    expect(notes({ states: ['now', 'pending'] })).toEqual([]);
    expect(notes({ own: { ...OPEN, ...APPROVERS }, states: ['done', 'done'] })).toEqual([]);
    const other = { ...OPEN, autoApprovers: { routes: { '10.99.0.0/16': ['tag:k3s'] } } };
    expect(notes({ own: other, states: ['now'] })).toEqual([]);
  });

  test("the policy in force acts, not the files'", () => {
    expect(notes({ own: OPEN, live: { ...OPEN, ...APPROVERS }, states: ['now'] })).toEqual([
      'autoApprovers cover 10.42.0.0/24 of n0 and will never approve it by themselves, as it is advertised already and Tailscale asks them when a route is new',
    ]);
    expect(notes({ own: { ...OPEN, ...APPROVERS }, live: OPEN, states: ['pending'] })).toEqual([
      "autoApprovers of the policy of the files cover 10.42.0.0/24 of n0, and those of the policy in force do not: until the files' is in force nothing but this plan approves it",
    ]);
  });
});

describe('the policy in force', () => {
  test('that could not be read', () => {
    expect(notes({ unread: 'the sign-in lacks the scope policy_file:read', states: ['now'] })).toEqual([
      'the policy in force could not be read, as the sign-in lacks the scope policy_file:read: what is predicted rests on the policy of the files',
    ]);
  });

  test('that lets other pods through', () => {
    const live = { acls: [{ action: 'accept', src: ['10.42.0.0/24'], dst: ['*:*'] }] };
    expect(notes({ live, states: ['now', 'now'] })).toEqual([
      'the policy of the files and the policy in force let through different things: under the policy of the files pods fare better from n1 to n0',
    ]);
    expect(notes({ own: live, live: OPEN, states: ['now', 'now'] })).toEqual([
      'the policy of the files and the policy in force let through different things: under the policy in force pods fare better from n1 to n0',
    ]);
  });

  test('that differs in what is no matter of pods', () => {
    const acls = [...OPEN.acls];
    const own = { acls: [{ action: 'accept', src: ['10.42.0.0/16'], dst: ['10.42.0.0/16:*'] }] };
    expect(notes({ own, live: { acls }, states: ['now', 'now'] })).toEqual([
      'the policy of the files and the policy in force let through different things, and no pair of pods fares otherwise for it',
    ]);
  });
});
