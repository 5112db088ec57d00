import { type CompiledPolicy, compilePolicy } from '../../src/policy/compile.ts';
import type { DeviceList } from '../../src/policy/device-list.ts';
import { read } from './read.ts';
import { type Given, listOf } from './tailnet.ts';

/** The addresses 100.64.0.`number` and fd7a:115c:a1e0::`number`. */
function at(number: number, given: Given): Given {
  return { ...given, addresses: [`100.64.0.${number}`, `fd7a:115c:a1e0::${number}`] };
}

/** Two nodes in Oslo, one in Kyoto, two people and an exit node. */
const DEVICES = {
  'oslo-1': at(1, { tags: ['tag:k3s'], advertised: ['10.42.0.0/24'] }),
  'oslo-2': at(2, { tags: ['tag:k3s'], advertised: ['10.42.1.0/24'] }),
  'kyoto-1': at(3, { tags: ['tag:k3s', 'tag:remote'], advertised: ['10.42.3.0/24'] }),
  laptop: at(10, { owner: ['ada@example.com'] }),
  phone: at(11, { owner: ['ada@example.com'] }),
  desk: at(20, { owner: ['bo@example.com'] }),
  exit: at(30, { tags: ['tag:exit'], advertised: ['0.0.0.0/0', '::/0'] }),
};

export const HOME: DeviceList = listOf(DEVICES);

/** `HOME` with one more device, a router. */
export function homeWith(tag: string, route: string): DeviceList {
  return listOf({ ...DEVICES, spare: at(40, { tags: [tag], advertised: [route] }) });
}

/** A policy with names for `HOME` and the sections given, as HuJSON. */
export function homePolicy(sections: string): string {
  return `{
  "groups": {"group:all": ["ada@example.com", "bo@example.com"], "group:empty": []},
  "hosts": {"nas": "100.64.0.20", "pods": "10.42.0.0/16", "one": "10.42.3.9/32"},
  "tagOwners": {"tag:k3s": [], "tag:remote": [], "tag:exit": [], "tag:unused": []},
  "ipsets": {"ipset:oslo": ["add 10.42.0.0/24", "add 10.42.1.0/24"]},
  ${sections}
}`;
}

/** A policy read and compiled; whatever the service refuses of it is not looked at. */
export function compileText(text: string, list = HOME): CompiledPolicy {
  return compilePolicy(read(text).policy, list);
}

/** What text of a policy may be that means harm, or nothing. */
export const STRANGE_TEXTS = ['\ud800', '\u0000', '__proto__', '🦊:1', '[', '::/0:1', '-:-', 'tag:', ' '];
