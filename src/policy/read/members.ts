/**
 * The members that the service knows, in its spelling. It takes them in any case and refuses all others.
 * [Tailscale docs, policy file syntax, 2026-04]
 */

export const SECTIONS = [
  'acls',
  'grants',
  'ssh',
  'groups',
  'hosts',
  'tagOwners',
  'autoApprovers',
  'ipsets',
  'postures',
  'defaultSrcPosture',
  'nodeAttrs',
  'tests',
  'sshTests',
  'attrConfig',
  'derpMap',
  'disableIPv4',
  'OneCGNATRoute',
  'randomizeClientPort',
] as const;

/** `users` and `ports` are the old names of `src` and `dst`. */
export const ACL = ['action', 'src', 'users', 'proto', 'dst', 'ports', 'srcPosture'] as const;

export const GRANT = ['src', 'dst', 'ip', 'app', 'via', 'srcPosture'] as const;

export const SSH = [
  'action',
  'src',
  'dst',
  'users',
  'checkPeriod',
  'acceptEnv',
  'recorder',
  'enforceRecorder',
  'srcPosture',
] as const;

export const AUTO_APPROVERS = ['routes', 'exitNode', 'services'] as const;

export const NODE_ATTR = ['target', 'attr', 'app', 'ipPool'] as const;

/** `user` and `allow` are the old names of `src` and `accept`. */
export const TEST = ['src', 'user', 'srcPostureAttrs', 'proto', 'accept', 'allow', 'deny'] as const;

export const SSH_TEST = ['src', 'srcPostureAttrs', 'dst', 'accept', 'check', 'deny'] as const;

export const ATTR_CONFIG = ['type', 'allowSetByNode', 'broadcastToPeers'] as const;

/** [Tailscale, tailcfg DERPMap] */
export const DERP_MAP = ['Regions', 'OmitDefaultRegions', 'HomeParams'] as const;
