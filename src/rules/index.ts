import { approverWithoutRoute } from './approver-without-route.ts';
import { backendMismatch } from './backend-mismatch.ts';
import { booleanFlagWithASpace } from './boolean-flag-with-a-space.ts';
import { containerSetting } from './container-setting.ts';
import { contradictoryRoleParameter } from './contradictory-role-parameter.ts';
import { exitNodeConflict } from './exit-node-conflict.ts';
import { foreignPodCidr } from './foreign-pod-cidr.ts';
import { invalidAddress } from './invalid-address.ts';
import { invalidPrefix } from './invalid-prefix.ts';
import { missingRoleParameter } from './missing-role-parameter.ts';
import { overlappingRoutes } from './overlapping-routes.ts';
import { plaintextToken } from './plaintext-token.ts';
import { podCidrNotAdvertised } from './pod-cidr-not-advertised.ts';
import { removedBackend } from './removed-backend.ts';
import { routesNotAccepted } from './routes-not-accepted.ts';
import type { Rule } from './rule.ts';
import { ruleWithoutPriority } from './rule-without-priority.ts';
import { settingNotForAgents } from './setting-not-for-agents.ts';
import { settingsDisagree } from './settings-disagree.ts';
import { syntax } from './syntax.ts';
import { unapprovedRoute } from './unapproved-route.ts';
import { undefinedTag } from './undefined-tag.ts';
import { unknownRole } from './unknown-role.ts';
import { unusedIgnore } from './unused-ignore.ts';
import { userspaceTailscale } from './userspace-tailscale.ts';
import { wireguardNativeBackend } from './wireguard-native-backend.ts';

/** Every rule, as the documentation lists them: routes, roles, K3s, Tailscale, policy, files. */
export const RULES: readonly Rule[] = [
  overlappingRoutes,
  invalidPrefix,
  podCidrNotAdvertised,
  foreignPodCidr,
  unapprovedRoute,
  routesNotAccepted,
  missingRoleParameter,
  contradictoryRoleParameter,
  unknownRole,
  invalidAddress,
  settingsDisagree,
  plaintextToken,
  wireguardNativeBackend,
  removedBackend,
  backendMismatch,
  settingNotForAgents,
  userspaceTailscale,
  containerSetting,
  exitNodeConflict,
  ruleWithoutPriority,
  booleanFlagWithASpace,
  undefinedTag,
  approverWithoutRoute,
  syntax,
  unusedIgnore,
];
