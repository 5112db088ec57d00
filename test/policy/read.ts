import { readPolicy } from '../../src/policy/read/read-policy.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';

/** Reads a policy, which has to be HuJSON. */
export function read(text: string): ReturnType<typeof readPolicy> {
  const file = sourceFile('policy.hujson', text);
  const { root, problems } = parseHujson(file);
  if (root === undefined || problems.length > 0) throw new Error(`no HuJSON: ${problems[0]?.message}`);
  return readPolicy(treeOf(file, root));
}

/** All that a policy can say, and nothing wrong. */
export const WHOLE = `// All that there is.
{
  "groups": {"group:admins": ["ada@example.com", "bo@github"], "group:nobody": []},
  "hosts": {"oslo": "100.64.0.1", "lan": "192.168.50.7/24", "six": "fd7a::1"},
  "tagOwners": {"tag:k3s": ["group:admins"], "tag:ci": ["tag:k3s", "autogroup:admin", "tag:ci"], "tag:exit": null},
  "ipsets": {"ipset:lan": ["add lan", "remove host:oslo", "10.0.0.1-10.0.0.9", "add ipset:net"], "ipset:net": ["autogroup:internet"]},
  "postures": {"posture:mac": ["node:os == 'macos'"]},
  "defaultSrcPosture": ["posture:mac"],
  "autoApprovers": {
    "routes": {"10.42.0.1/16": ["tag:k3s", "ada@example.com"], "fd00::/48": []},
    "exitNode": ["tag:exit", "autogroup:member"],
    "services": {"svc:web": ["tag:k3s"], "tag:ci": []},
  },
  "acls": [
    {"action": "accept", "src": ["*", " lan "], "dst": ["tag:k3s:22,80-90", "[fd7a::1]:*", "[fd7a::]/64:53", "2001:db8::/32:443"]},
    {"action": "accept", "users": ["user:*@example.com"], "ports": ["svc:web:443"], "proto": "UDP", "srcPosture": ["posture:mac"], "#note": 1},
  ],
  "grants": [
    {"src": ["10.1.2.3/8"], "dst": ["autogroup:internet"], "ip": ["*", "443", "tcp:80-90", "47:*"], "via": ["tag:exit"]},
    {"src": ["group:sre@example.com"], "dst": ["tag:k3s"], "app": {"tailscale.com/cap/kubernetes": [{}]}},
  ],
  "ssh": [
    {"action": " check ", "src": ["autogroup:member"], "dst": ["autogroup:self"], "users": [" root ", "localpart:*@example.com"], "checkPeriod": "1h30m", "acceptEnv": null},
    {"action": "accept", "users": ["autogroup:member"], "recorder": ["tag:ci"], "enforceRecorder": true},
  ],
  "nodeAttrs": [{"target": ["*", "autogroup:owner", "oslo"], "attr": ["funnel", "custom:x"], "ipPool": ["100.81.0.0/16"], "app": {"tailscale.com/app-connectors": []}}],
  "tests": [
    {"src": "ada@example.com", "proto": "tcp", "accept": ["nowhere:22"], "deny": ["x"], "srcPostureAttrs": {"node:os": "macos"}},
    {"user": "tag:unknown", "allow": ["*:*"]},
    {},
  ],
  "sshTests": [{"src": "oslo", "dst": ["tag:k3s", "six"], "accept": ["root"], "check": [], "deny": null}],
  "derpMap": {"omitDefaultRegions": true, "regions": {"900": {"anything": 1}}},
  "disableIPv4": false,
  "oneCGNATRoute": "mac-always",
  "randomizeClientPort": true,
  "attrConfig": {"custom:x": {"type": "string", "allowSetByNode": true, "broadcastToPeers": ["*"]}},
}
`;
