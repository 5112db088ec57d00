import { compilePolicy, filterOf } from '../src/policy/compile.ts';
import type { Device } from '../src/policy/device-list.ts';
import { readPolicy } from '../src/policy/read/read-policy.ts';
import { visibilityOf } from '../src/policy/visibility.ts';
import { sourceFile } from '../src/source/source-file.ts';
import { parseHujson } from '../src/syntax/hujson.ts';
import { treeOf } from '../src/syntax/hujson-value.ts';

const TAGS = 50;
const PEOPLE = 200;

/** A text of `rules` rules over tags, groups, everybody and CIDRs. */
function policyText(rules: number): string {
  const acls = Array.from({ length: rules }, (_, index) => ({
    action: 'accept',
    src:
      index % 4 === 0
        ? ['*']
        : index % 4 === 1
          ? [`group:g${index % 20}`]
          : [`tag:t${index % TAGS}`, `10.${index % 200}.0.0/16`],
    dst: [
      `tag:t${(index * 7) % TAGS}:${(index % 60_000) + 1}`,
      `10.${index % 250}.${index % 100}.0/24:80,443`,
    ],
  }));
  const groups = Object.fromEntries(
    Array.from({ length: 20 }, (_, group) => [
      `group:g${group}`,
      Array.from({ length: 10 }, (__, member) => `u${group * 10 + member}@example.com`),
    ]),
  );
  const tagOwners = Object.fromEntries(Array.from({ length: TAGS }, (_, tag) => [`tag:t${tag}`, []]));
  return JSON.stringify({ groups, tagOwners, acls }, null, 1);
}

/** Two of three are tagged, the others are people's; each has a route of its own. */
function tailnetOf(count: number): Device[] {
  return Array.from({ length: count }, (_, index): Device => {
    const route = { family: 4, network: BigInt(0x0a00_0000 + index * 256), length: 24 } as const;
    const isTagged = index % 3 !== 0;
    return {
      id: String(index),
      name: `d${index}`,
      hostname: `d${index}`,
      addresses: [
        { family: 4, bits: 0x6440_0000n + BigInt(index + 1) },
        { family: 6, bits: (0xfd7a_115c_a1e0n << 80n) + BigInt(index + 1) },
      ],
      owner: isTagged ? [] : [`u${index % PEOPLE}@example.com`],
      tags: isTagged ? [`tag:t${index % TAGS}`] : [],
      advertised: [route],
      approved: [route],
      serving: undefined,
      isExternal: false,
      isAuthorized: true,
      isOnline: undefined,
      approvedAsWritten: [],
      expires: '',
      created: '',
    };
  });
}

/** Compiles a policy and takes the packet filter of every device. */
export function compiling(rules: number, devices: number): () => void {
  const { policy } = read(policyText(rules));
  const list = { control: 'tailscale', devices: tailnetOf(devices) } as const;
  return () => {
    const compiled = compilePolicy(policy, list);
    for (const device of list.devices) filterOf(compiled, device);
  };
}

/** Who sees whom among as many devices. */
export function seeing(rules: number, devices: number): () => void {
  const { policy } = read(policyText(rules));
  const list = { control: 'tailscale', devices: tailnetOf(devices) } as const;
  return () => {
    const see = visibilityOf(compilePolicy(policy, list));
    for (const device of list.devices) see(device);
  };
}

/** 2 MB with 20,000 members in one object. */
export const LARGE_POLICY = JSON.stringify({
  hosts: Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      `host-${index}-${'x'.repeat(70)}`,
      `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    ]),
  ),
  acls: [],
});

export function read(text: string): ReturnType<typeof readPolicy> {
  const file = sourceFile('policy.hujson', text);
  const { root } = parseHujson(file);
  if (root === undefined) throw new Error('no policy');
  return readPolicy(treeOf(file, root));
}
