import { describe, expect, test } from 'vitest';
import { read } from '../read.ts';

/** What the rules of the tables may name. */
const DEFINED = `
  "groups": {"group:admins": ["ada@example.com"]},
  "hosts": {"oslo": "100.64.0.1", "lan": "192.168.50.0/24"},
  "tagOwners": {"tag:k3s": ["group:admins"]},
  "ipsets": {"ipset:lan": ["lan"]},
  "postures": {"posture:mac": ["node:os == 'macos'"]},
`;

/** Marks around a token, and the message that stands there and nowhere else. */
type Case = readonly [text: string, message: string];

const SELF = 'autogroup:self can only be used with users, groups, or supported autogroups';

const ACLS: readonly Case[] = [
  ['{"action": «"deny"», "src": ["*"], "dst": ["*:*"]}', 'action="deny" is not supported'],
  ['{"action": «"ACCEPT"», "src": ["*"], "dst": ["*:*"]}', 'action="ACCEPT" is not supported'],
  ['«{»"src": ["*"], "dst": ["*:*"]}', 'action="" is not supported'],
  ['«{»"action": null, "src": ["*"], "dst": ["*:*"]}', 'action="" is not supported'],
  ['{"action": «7», "src": ["*"], "dst": ["*:*"]}', '"action" is a number, not a string'],
  ['{"action": "accept", "src": [«"tag:no"»], "dst": ["*:*"]}', 'src=tag not found: "tag:no"'],
  ['{"action": "accept", "users": [" «tag:no» "], "ports": ["*:*"]}', 'src=tag not found: "tag:no"'],
  ['{"action": "accept", "src": [«"group:no"»], "dst": ["*:*"]}', 'src=group not found: "group:no"'],
  ['{"action": "accept", "src": [«"ipset:no"»], "dst": ["*:*"]}', 'src=ipset not found: "ipset:no"'],
  ['{"action": "accept", "src": [«"bergen"»], "dst": ["*:*"]}', 'src="bergen": invalid address'],
  ['{"action": "accept", "src": [«"10.0.0.0/33"»], "dst": ["*:*"]}', 'src="10.0.0.0/33": invalid address'],
  ['{"action": "accept", "src": [«"tag:"»], "dst": ["*:*"]}', 'src="tag:": invalid address'],
  ['{"action": "accept", "src": [«""»], "dst": ["*:*"]}', 'src="": invalid address'],
  ['{"action": "accept", "src": [«"a:b"»], "dst": ["*:*"]}', 'src="a:b": invalid address'],
  [
    '{"action": "accept", "src": [«"autogroup:self"»], "dst": ["*:*"]}',
    '"autogroup:self" not valid on the src side of a rule',
  ],
  [
    '{"action": "accept", "src": [«"autogroup:internet"»], "dst": ["*:*"]}',
    '"autogroup:internet" not valid on the src side of a rule',
  ],
  [
    '{"action": "accept", "src": [«"autogroup:membre"»], "dst": ["*:*"]}',
    'unknown autogroup "autogroup:membre", the nearest known one is "autogroup:member"',
  ],
  ['{"action": "accept", "src": «"*"», "dst": ["*:*"]}', '"src" is a string, not an array'],
  ['{"action": "accept", "src": [«{»}], "dst": ["*:*"]}', 'an item of "src" is an object, not a string'],
  [
    '{"action": "accept", "src": ["*"], "dst": [«"100.64.0.1"»]}',
    'dst="100.64.0.1": hostport must contain a colon (":")',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["tag:k3s:«ssh»"]}',
    'dst="tag:k3s:ssh": port range "ssh": invalid first integer',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["autogroup:«self»"]}',
    'dst="autogroup:self": port range "self": invalid first integer',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["oslo:«0»"]}',
    'dst="oslo:0": port range "0": first port must be >0, or use \'*\' for wildcard',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["oslo:«90-80»"]}',
    'dst="oslo:90-80": port range "90-80": first port is greater than last port',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["oslo:«22,70000»"]}',
    'dst="oslo:22,70000": port range "22,70000": port number out of range',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": [«"oslo:"»]}',
    'dst="oslo:": port range "": invalid first integer',
  ],
  ['{"action": "accept", "src": ["*"], "dst": ["«tag:no»:22"]}', 'dst="tag:no": tag not found: "tag:no"'],
  ['{"action": "accept", "src": ["*"], "dst": ["«bergen»:22"]}', 'dst="bergen": invalid address'],
  [
    '{"action": "accept", "src": ["*"], "dst": ["«autogroup:danger-all»:*"]}',
    'cannot use autogroup:danger-all as a dst',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["«autogroup:shared»:*"]}',
    'cannot use autogroup:shared as a dst',
  ],
  ['{"action": "accept", "src": ["*"], "dst": ["«[oslo]»:22"]}', 'dst="[oslo]": invalid address'],
  ['{"action": "accept", "src": ["*"], "dst": [«"[fd7a::1:22"»]}', 'dst="[fd7a::1": invalid address'],
  [
    '{"action": "accept", "proto": «"tpc"», "src": ["*"], "dst": ["*:*"]}',
    'proto name "tpc" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)',
  ],
  [
    '{"action": "accept", "proto": «"256"», "src": ["*"], "dst": ["*:*"]}',
    'proto name "256" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)',
  ],
  ['{"action": "accept", "proto": «6», "src": ["*"], "dst": ["*:*"]}', '"proto" is a number, not a string'],
  [
    '{"action": "accept", "proto": "icmp", "src": ["*"], "dst": ["oslo:«22»"]}',
    'dst="oslo:22": protocol does not support specific ports: "icmp", only "*" is allowed',
  ],
  ...['22', '0-65535,22', '1-65535', '0-22'].map(
    (ports): Case => [
      `{"action": "accept", "proto": "icmp", "src": ["*"], "dst": ["lan:«${ports}»"]}`,
      `dst="lan:${ports}": protocol does not support specific ports: "icmp", only "*" is allowed`,
    ],
  ),
  ['{"action": "accept", "src": ["*"], "dst": [«"tag: :22"»]}', 'dst="tag:": invalid address'],
  ['{"action": "accept", "src": [«"autogroup:xyz"»], "dst": ["*:*"]}', 'unknown autogroup "autogroup:xyz"'],
  ['{"action": "accept", "src": ["*", «"tag:k3s"»], "dst": ["autogroup:self:*"]}', SELF],
  ['{"action": "accept", "src": [«"oslo"»], "dst": ["autogroup:self:*"]}', SELF],
  ['{"action": "accept", "src": [«"100.64.0.9"»], "dst": ["autogroup:self:*"]}', SELF],
  ['{"action": "accept", "src": [«"autogroup:tagged"»], "dst": ["autogroup:self:*"]}', SELF],
  ['{"action": "accept", "src": [«"autogroup:shared"»], "dst": ["autogroup:self:*"]}', SELF],
  ['{"action": "accept", "src": [«"autogroup:danger-all"»], "dst": ["autogroup:self:*"]}', SELF],
  [
    '{"action": "accept", "src": [«"autogroup:nonroot"»], "dst": ["*:*"]}',
    '"autogroup:nonroot" not valid on the src side of a rule',
  ],
  [
    '{"action": "accept", "src": ["*"], "dst": ["*:*"], "srcPosture": [«"posture:win"»]}',
    'posture not found: "posture:win"',
  ],
  [
    '{"action": "accept", "src": ["*"], «"dts"»: ["*:*"]}',
    'unknown field "dts" in an item of "acls", the nearest known one is "dst"',
  ],
  ['«"accept"»', 'an item of "acls" is a string, not an object'],
  ['«[»]', 'an item of "acls" is an array, not an object'],
];

const GRANTS: readonly Case[] = [
  ['«{»"src": ["*"], "dst": ["*"]}', 'ip and app can not both be empty'],
  ['{"src": ["*"], "dst": ["*"], «"ip"»: [], "app": {}}', 'ip and app can not both be empty'],
  ['{"src": ["*"], "dst": ["*"], «"ip"»: null}', 'ip and app can not both be empty'],
  ['«7»', 'an item of "grants" is a number, not an object'],
  [
    '{"src": ["*"], "dst": [«"0.0.0.0/0"»], "ip": ["*"]}',
    'dst "0.0.0.0/0": to allow all IP addresses, use "*" or "autogroup:internet"',
  ],
  [
    '{"src": ["*"], "dst": [«"::/0"»], "ip": ["*"]}',
    'dst "::/0": to allow all IP addresses, use "*" or "autogroup:internet"',
  ],
  ['{"src": ["*"], "dst": [«"tag:k3s:22"»], "ip": ["*"]}', 'dst="tag:k3s:22": tag not found: "tag:k3s:22"'],
  ['{"src": ["*"], "dst": [«"oslo:22"»], "ip": ["*"]}', 'dst="oslo:22": invalid address'],
  ['{"src": ["*"], "dst": ["*"], "ip": [«"icmp"»]}', 'port range "icmp": invalid first integer'],
  [
    '{"src": ["*"], "dst": ["*"], "ip": [«"tcp:0"»]}',
    `port range "0": first port must be >0, or use '*' for wildcard`,
  ],
  [
    '{"src": ["*"], "dst": ["*"], "ip": [«"tcp:1:2"»]}',
    'expected only one colon in Internet protocol and port type',
  ],
  [
    '{"src": ["*"], "dst": ["*"], "ip": [«"*:443"»]}',
    'proto name "*" not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)',
  ],
  ['{"src": ["*"], "dst": ["*"], "ip": [«443»]}', 'an item of "ip" is a number, not a string'],
  ['{"src": ["*"], "dst": ["*"], "ip": ["*"], "via": [«"oslo"»]}', 'via can only be a tag'],
  ['{"src": ["*"], "dst": ["*"], "ip": ["*"], "via": ["tag:k3s", «"tag:no"»]}', 'tag "tag:no" not found'],
  ['{"src": [«"*"»], "dst": ["autogroup:self"], "ip": ["*"]}', SELF],
  [
    '{"src": ["*"], "dst": [«"autogroup:internet"»], "app": {"example.com/cap/x": []}}',
    'cannot use app grants with autogroup:internet',
  ],
  [
    '{"src": ["*"], "dst": [«"autogroup:admin"»], "app": {"example.com/cap/x": []}}',
    'cannot use app grants with autogroup:admin',
  ],
  [
    '{"src": ["*"], "dst": ["*"], "app": {«"https://example.com/cap/x"»: []}}',
    'capability name must have the form {domain}/{path}',
  ],
  ['{"src": ["*"], "dst": ["*"], "app": {«"x"»: []}}', 'capability name must have the form {domain}/{path}'],
  [
    '{"src": ["*"], "dst": ["*"], "app": {«"tailscale.com/cap/ingress"»: []}}',
    'capability name must not be in the tailscale.com domain',
  ],
  [
    '{"src": ["*"], "dst": ["*"], "app": {«"tailscale.io/cap/x"»: []}}',
    'capability name must not be in the tailscale.io domain',
  ],
  [
    '{"src": ["*"], "dst": ["*"], "app": {"example.com/cap/x": «{»}}}',
    '"example.com/cap/x" is an object, not an array',
  ],
  [
    '{"src": ["*"], "dst": ["*"], "ip": ["*"], «"proto"»: "tcp"}',
    'unknown field "proto" in an item of "grants"',
  ],
];

const SSH: readonly Case[] = [
  ['«{»"src": ["*@"], "dst": ["tag:k3s"], "users": ["root"]}', 'action must be specified'],
  ['{"action": «" "», "dst": ["tag:k3s"], "users": ["root"]}', 'action must be specified'],
  ['{"action": «"Accept"», "dst": ["tag:k3s"], "users": ["root"]}', '"Accept" is not a valid action'],
  ['«{»"action": "accept", "dst": ["tag:k3s"]}', 'users must be specified'],
  ['{"action": "accept", "dst": ["tag:k3s"], "users": «[»]}', 'users must be specified'],
  ['{"action": "accept", "dst": ["tag:k3s"], "users": «null»}', 'users must be specified'],
  ['{"action": «7», "dst": ["tag:k3s"], "users": ["root"]}', '"action" is a number, not a string'],
  ['«7»', 'an item of "ssh" is a number, not an object'],
  ['{"action": "accept", "users": ["root"], "src": [«"a:b"»]}', 'invalid src "a:b"'],
  ['{"action": "accept", "dst": ["tag:k3s"], "users": «"root"»}', '"users" is a string, not an array'],
  ['{"action": "accept", "users": ["root", «""»]}', 'user "" is not valid'],
  ['{"action": "accept", "users": [«"*"»]}', 'user "*" is not valid'],
  ['{"action": "accept", "users": ["root"], "dst": [«"oslo"»]}', 'invalid dst "oslo"'],
  ['{"action": "accept", "users": ["root"], "dst": [«"100.64.0.1"»]}', 'invalid dst "100.64.0.1"'],
  ['{"action": "accept", "users": ["root"], "dst": [«"*"»]}', 'invalid dst "*"'],
  [
    '{"action": "accept", "users": ["root"], "dst": [«"autogroup:internet"»]}',
    'invalid dst "autogroup:internet"',
  ],
  ['{"action": "accept", "users": ["root"], "dst": ["«tag:no» "]}', 'dst="tag:no": tag not found: "tag:no"'],
  ['{"action": "accept", "users": ["root"], "src": [«"*"»]}', 'invalid src "*"'],
  ['{"action": "accept", "users": ["root"], "src": [«"tag:no"»]}', 'src=tag not found: "tag:no"'],
  [
    '{"action": "accept", "users": ["root"], "src": ["bo@example.com"], "dst": [«"ada@example.com"»]}',
    'user destination requires source to contain only that same user "ada@example.com"',
  ],
  [
    '{"action": "accept", "users": ["root"], "src": [«"tag:k3s"»], "dst": ["autogroup:self"]}',
    '"tag:k3s" cannot be a source where "autogroup:self" is the destination',
  ],
  [
    '{"action": "accept", "users": ["root"], "src": [«"autogroup:tagged"»], "dst": ["autogroup:member"]}',
    '"autogroup:tagged" cannot be a source where "autogroup:member" is the destination',
  ],
  ['{"action": "check", "users": ["root"], "checkPeriod": «"abc"»}', 'time: invalid duration "abc"'],
  ['{"action": "check", "users": ["root"], "checkPeriod": «"20"»}', 'time: missing unit in duration "20"'],
  [
    '{"action": "check", "users": ["root"], "checkPeriod": «"7d"»}',
    'time: unknown unit "d" in duration "7d"',
  ],
  [
    '{"action": "check", "users": ["root"], "checkPeriod": «"169h"»}',
    'checkPeriod 169h0m0s is above the max (168h)',
  ],
  [
    '{"action": "check", "users": ["root"], "checkPeriod": «"-1m"»}',
    'checkPeriod -1m0s must be a positive duration',
  ],
  [
    '{"action": "accept", "users": ["root"], "acceptEnv": ["TERM", «""»]}',
    'acceptEnv values cannot be empty',
  ],
  ['{"action": "accept", "users": ["root"], "recorder": [«"oslo"»]}', 'invalid recorder "oslo"'],
  [
    '{"action": "accept", "users": ["root"], "enforceRecorder": «"yes"»}',
    '"enforceRecorder" is a string, not a boolean',
  ],
  [
    '{"action": "accept", "users": ["root"], «"check-period"»: "1h"}',
    'unknown field "check-period" in an item of "ssh", the nearest known one is "checkPeriod"',
  ],
];

const NODE_ATTRS: readonly Case[] = [
  ['{"target": [«"%bogus%"»], "attr": ["funnel"]}', '"%bogus%": invalid address'],
  ['{"target": [«"tag:no"»], "attr": ["funnel"]}', 'tag not found: "tag:no"'],
  ['{"target": [«"autogroup:self"»]}', '"autogroup:self" cannot be the target of nodeAttrs'],
  [
    '{"target": ["*"], "ipPool": [«"100.100.100.0/25"»]}',
    'IPPool(100.100.100.0/25): network within reserved range',
  ],
  [
    '{"target": ["*"], "ipPool": [«"100.100.0.0/16"»]}',
    'IPPool(100.100.0.0/16): network within reserved range',
  ],
  [
    '{"target": ["*"], "ipPool": ["100.81.0.0/16", «"100.100.0.128/25"»]}',
    'IPPool(100.100.0.128/25): network within reserved range',
  ],
  [
    '{"target": ["*"], "ipPool": [«"100.115.92.0/24"»]}',
    'IPPool(100.115.92.0/24): network within reserved range',
  ],
  ['{"target": ["*"], "ipPool": [«"10.0.0.0/24"»]}', 'IPPool(10.0.0.0/24): network not within 100.64.0.0/10'],
  ['«7»', 'an item of "nodeAttrs" is a number, not an object'],
  ['{"target": ["*"], "ipPool": [«"100.64.0.1"»]}', 'IPPool(100.64.0.1): "100.64.0.1" is not a prefix'],
  [
    '{"target": ["*"], «"attrs"»: []}',
    'unknown field "attrs" in an item of "nodeAttrs", the nearest known one is "attr"',
  ],
];

const SSH_TESTS: readonly Case[] = [
  ['{"src": "ada@example.com", "dst": [«"tag:k3s:22"»]}', 'SSH tests dst contains unknown tag "tag:k3s:22"'],
  [
    '{"src": "ada@example.com", "dst": [«"autogroup:internet"»]}',
    'SSH tests dst contains disallowed element "autogroup:internet"',
  ],
  [
    '{"src": "ada@example.com", "dst": [«"10.0.0.0/8"»]}',
    'SSH tests dst contains disallowed element "10.0.0.0/8"',
  ],
  ['{"src": "ada@example.com", "dst": [«"lan"»]}', 'SSH tests dst contains disallowed element "lan"'],
  ['{"src": «[»"ada@example.com"], "dst": ["oslo"]}', '"src" is an array, not a string'],
  ['«7»', 'an item of "sshTests" is a number, not an object'],
];

const TESTS: readonly Case[] = [
  ['{"src": "x", "accept": «"oslo:22"»}', '"accept" is a string, not an array'],
  ['«7»', 'an item of "tests" is a number, not an object'],
  [
    '{"src": "x", «"alow"»: []}',
    'unknown field "alow" in an item of "tests", the nearest known one is "allow"',
  ],
];

describe.each([
  ['acls', ACLS],
  ['grants', GRANTS],
  ['ssh', SSH],
  ['nodeAttrs', NODE_ATTRS],
  ['tests', TESTS],
  ['sshTests', SSH_TESTS],
])('an item of %s', (section, cases) => {
  test.each(cases)('%s', (item, message) => {
    expectRefusal(`{${DEFINED} "${section}": [\n  ${item},\n]}`, message);
  });
});

const WHOLE: readonly Case[] = [
  ['«[»]', 'the policy is an array, not an object'],
  ['«"acls"»', 'the policy is a string, not an object'],
  ['{«"grant"»: []}', 'unknown field "grant" in the policy, the nearest known one is "grants"'],
  ['{«"rules"»: []}', 'unknown field "rules" in the policy'],
  ['{"acls": «{»}}', '"acls" is an object, not an array'],
  ['{"ACLs": [], «"acls"»: []}', '"acls" is given twice, the later one counts'],
  ['{"groups": {«"admins"»: []}}', `groups["admins"]: group names must start with 'group:'`],
  [
    '{"groups": {"group:a": ["ada@example.com"], "group:b": [«"group:a"»]}}',
    'groups["group:b"]: "group:a": group members cannot be recursive',
  ],
  ['{"groups": {"group:a": [«"tag:b"»]}}', 'groups["group:a"]: "tag:b": not a user'],
  ['{"groups": {"group:a": [«""»]}}', 'groups["group:a"]: "": not a user'],
  ['{"groups": {"group:a": «"ada@example.com"»}}', '"group:a" is a string, not an array'],
  ['{"groups": «[»]}', '"groups" is an array, not an object'],
  ['{"hosts": {"oslo": «"10.0"»}}', 'hosts["oslo"]: "10.0": invalid address'],
  ['{"hosts": {"oslo": «"10.0.0.0/42"»}}', 'hosts["oslo"]: "10.0.0.0/42": invalid address'],
  ['{"hosts": {"oslo": «"10.0.0.1-10.0.0.2"»}}', 'hosts["oslo"]: "10.0.0.1-10.0.0.2": invalid address'],
  ['{"hosts": {«"a@b"»: "10.0.0.1"}}', 'host names cannot include an @, please change the name for "a@b"'],
  ['{"hosts": {«"a:b"»: "10.0.0.1"}}', 'hosts["a:b"]: host name must not contain colon (:)'],
  ['{"tagOwners": {«"k3s"»: []}}', `tagOwners["k3s"]: tags must start with 'tag:'`],
  ['{"tagOwners": {«"tag:"»: []}}', 'tagOwners["tag:"]: tag names must not be empty'],
  [
    '{"tagOwners": {«"tag:3s"»: []}}',
    `tagOwners["tag:3s"]: tag names must start with a letter, after 'tag:'`,
  ],
  ['{"tagOwners": {«"tag:б"»: []}}', `tagOwners["tag:б"]: tag names must start with a letter, after 'tag:'`],
  [
    '{"tagOwners": {«"tag:k_s"»: []}}',
    'tagOwners["tag:k_s"]: tag names can only contain numbers, letters, or dashes',
  ],
  ['{"tagOwners": {"tag:a": [«"tag:b"»]}}', 'tag not found: "tag:b"'],
  ['{"tagOwners": {"tag:a": [«"group:b"»]}}', 'group not found: "group:b"'],
  ['{"tagOwners": {"tag:a": [«"10.0.0.1"»]}}', '"10.0.0.1" cannot own a tag'],
  ['{"tagOwners": {"tag:a": [«"autogroup:self"»]}}', '"autogroup:self" cannot own a tag'],
  [
    '{"autoApprovers": {"routes": {«"10.42.0.0"»: []}}}',
    'autoApprovers.routes["10.42.0.0"]: "10.42.0.0" is not a prefix',
  ],
  ['{"autoApprovers": {"routes": {"10.42.0.0/16": [«"tag:a"»]}}}', 'tag not found: "tag:a"'],
  ['{"autoApprovers": {"exitNode": [«"*"»]}}', '"*" cannot approve anything'],
  [
    '{"autoApprovers": {"services": {«"web"»: []}}}',
    'autoApprovers.services["web"]: "web" is neither a service nor a tag',
  ],
  ['{"autoApprovers": {"services": {«"tag:a"»: []}}}', 'tag not found: "tag:a"'],
  [
    '{"autoApprovers": {"services": {«""»: []}}}',
    'autoApprovers.services[""]: "" is neither a service nor a tag',
  ],
  [
    '{"autoApprovers": {"services": {«"ada@b"»: []}}}',
    'autoApprovers.services["ada@b"]: "ada@b" is neither a service nor a tag',
  ],
  ['{"autoApprovers": {"services": {"svc:web": [«"*"»]}}}', '"*" cannot approve anything'],
  ['{"nodeAttrs": [{"target": ["*"], "app": {"x": «"y"»}}]}', '"x" is a string, not an array'],
  ['{"attrConfig": {"custom:x": {"type": «7»}}}', '"type" is a number, not a string'],
  ['{"attrConfig": {"custom:x": {"allowSetByNode": «7»}}}', '"allowSetByNode" is a number, not a boolean'],
  [
    '{"ssh": [{"action": "check", "users": ["root"], "checkPeriod": ""}, {"action": "check", "users": ["root"], "checkPeriod": "0s"}, «{»"users": ["root"]}]}',
    'action must be specified',
  ],
  [
    '{"acls": [{"action": "accept", "proto": "", "src": ["*"], "dst": ["*:*"], "#note": 1, «"note#"»: 1}]}',
    'unknown field "note#" in an item of "acls"',
  ],
  [
    '{"grants": [{«"#note"»: 1, "src": ["*"], "dst": ["*"], "ip": ["*"]}]}',
    'unknown field "#note" in an item of "grants"',
  ],
  [
    '{"autoApprovers": {«"exitnodes"»: []}}',
    'unknown field "exitnodes" in "autoApprovers", the nearest known one is "exitNode"',
  ],
  ['{"ipsets": {«"a"»: []}}', `ipsets["a"]: ipset names must start with 'ipset:'`],
  ['{"ipsets": {"ipset:a": ["add «tag:b»"]}}', 'ipsets["ipset:a"]: "tag:b": invalid address'],
  [
    '{"ipsets": {"ipset:a": ["remove «ada@example.com»"]}}',
    'ipsets["ipset:a"]: "ada@example.com": invalid address',
  ],
  ['{"ipsets": {"ipset:a": ["add host:«b»"]}}', '"b": invalid address'],
  [
    '{"ipsets": {"ipset:a": [«"autogroup:member"»]}}',
    'ipsets["ipset:a"]: "autogroup:member": invalid address',
  ],
  ['{"ipsets": {"ipset:a": [«"ipset:b"»]}}', 'ipset not found: "ipset:b"'],
  ['{"ipsets": {"ipset:a": [«"ipset:a"»]}}', 'ipsets["ipset:a"]: "ipset:a": circular reference'],
  [
    '{"ipsets": {"ipset:a": ["add ipset:b"], "ipset:b": ["10.0.0.0/8", "remove «ipset:a»"]}}',
    'ipsets["ipset:b"]: "ipset:a": circular reference',
  ],
  ['{"postures": {«"mac"»: []}}', `postures["mac"]: posture names must start with 'posture:'`],
  ['{"defaultSrcPosture": [«"posture:a"»]}', 'posture not found: "posture:a"'],
  [
    '{"derpMap": {«"Region"»: {}}}',
    'unknown field "Region" in "derpMap", the nearest known one is "Regions"',
  ],
  ['{"randomizeClientPort": «"true"»}', '"randomizeClientPort" is a string, not a boolean'],
  ['{"disableIPv4": «1e999»}', '"disableIPv4" is a number, not a boolean'],
  ['{"OneCGNATRoute": «true»}', '"OneCGNATRoute" is a boolean, not a string'],
  [
    '{"attrConfig": {"custom:x": {"type": "string", «"allowSetByNodes"»: true}}}',
    'unknown field "allowSetByNodes" in "custom:x", the nearest known one is "allowSetByNode"',
  ],
  [
    '{"grants": [{"src": ["autogroup:member"], "dst": ["*"], "ip": ["*"]}], "ssh": [{"action": "accept", "src": [«"autogroup:members"»], "users": ["root"]}]}',
    'cannot use both autogroup:member and autogroup:members in one policy',
  ],
];

test.each(WHOLE)('%s', expectRefusal);

function expectRefusal(marked: string, message: string): void {
  const [before = '', token = '', after = ''] = marked.split(/[«»]/);
  const { problems } = read(before + token + after);
  expect(problems.map(({ at, message }) => ({ message, start: at.start, end: at.end }))).toEqual([
    { message, start: before.length, end: before.length + token.length },
  ]);
}

test('all that is wrong is told in one run, in the order of the text', () => {
  const { problems } = read(`{
    "ssh": [{"action": "no", "users": []}],
    "acls": [{"action": "deny", "src": ["tag:a"], "dst": ["tag:a", "tag:b:0"]}],
    "groups": {"group:a": ["group:b"]},
  }`);
  expect(problems.map(({ message }) => message)).toEqual([
    '"no" is not a valid action',
    'users must be specified',
    'action="deny" is not supported',
    'src=tag not found: "tag:a"',
    'dst="tag:a": tag not found: "tag:a"',
    'dst="tag:a": port range "a": invalid first integer',
    'dst="tag:b": tag not found: "tag:b"',
    `dst="tag:b:0": port range "0": first port must be >0, or use '*' for wildcard`,
    'groups["group:a"]: "group:b": group members cannot be recursive',
  ]);
});
