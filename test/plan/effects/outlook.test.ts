import { describe, expect, test } from 'vitest';
import { buildClusters } from '../../../src/cluster/build.ts';
import { devicesOf } from '../../../src/cluster/declared-devices.ts';
import { outlooksOf, policyOf } from '../../../src/plan/effects/outlook.ts';
import { clustersOf, readTexts } from '../../pipeline.ts';
import { files, OPEN } from '../outlooks.ts';

const rule = (src: string, dst: string) => ({ action: 'accept', src: [src], dst: [dst] });
const NODES = { a: { site: 'x' }, b: { site: 'y' } };

/** The names of the outlooks of files with one policy in a tailnet with another. */
function called(own: object | undefined, live: object | undefined): string[] {
  const texts = files(NODES, undefined, own);
  const { 'policy.hujson': _, ...without } = texts;
  const clusters = clustersOf(own ? texts : without);
  const inForce = live && policyIn(live);
  return outlooksOf(clusters, devicesOf(clusters[0]!.tailnet), inForce).map((each) => each.called);
}

function policyIn(policy: object) {
  const text = JSON.stringify({ tagOwners: { 'tag:k3s': [] }, ...policy }, null, 3);
  return buildClusters(readTexts({ 'live/policy.hujson': text }))[0]!.policies[0]!;
}

describe('the policies that a plan looks at', () => {
  test.each([
    ['the same text', OPEN, OPEN, ['the policy in force']],
    [
      'other words for the same',
      { hosts: { pods: '10.42.0.0/24' }, acls: [rule('tag:k3s', 'pods:443')] },
      { acls: [rule('tag:k3s', '10.42.0.0/24:443'), rule('tag:k3s', '10.42.0.0/25:443')] },
      ['the policy in force'],
    ],
    [
      'a rule more',
      OPEN,
      { acls: [rule('tag:k3s', '10.42.0.0/16:*')] },
      ['the policy in force', 'the policy of the files'],
    ],
    ['nothing read', OPEN, undefined, ['the policy of the files']],
    ['no policy of the files', undefined, { acls: [] }, ['the policy in force']],
    ['neither', undefined, undefined, ['no policy']],
  ])('%s', (_, own, live, expected) => {
    expect(called(own, live)).toEqual(expected);
  });

  test('rules for what is not approved yet make a difference', () => {
    const texts = files(NODES, [{ node: 'a', prefix: '10.42.0.0/24', approve: false }], {
      acls: [rule('tag:k3s', '10.42.0.0/24:443')],
    });
    const clusters = clustersOf(texts);
    const list = devicesOf(clusters[0]!.tailnet);
    expect(list.devices.flatMap(({ approved }) => approved)).toEqual([]);
    expect(outlooksOf(clusters, list, policyIn({ acls: [rule('tag:k3s', '10.42.0.0/24:80')] }))).toHaveLength(
      2,
    );
  });

  test('each outlook has its own policy', () => {
    const clusters = clustersOf(files(NODES));
    const inForce = policyIn({ acls: [] });
    const outlooks = outlooksOf(clusters, devicesOf(clusters[0]!.tailnet), inForce);
    expect(outlooks.map(policyOf)).toEqual([inForce.policy, clusters[0]!.policies[0]!.policy]);
  });
});
