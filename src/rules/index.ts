import { apiUnreachableFromPods } from './api-unreachable-from-pods.ts';
import { approverWithoutDevice } from './approver-without-device.ts';
import { approverWithoutRoute } from './approver-without-route.ts';
import { backendMismatch } from './backend-mismatch.ts';
import { booleanFlagWithASpace } from './boolean-flag-with-a-space.ts';
import { bypassSwallowsRemotePods } from './bypass-swallows-remote-pods.ts';
import { containerSetting } from './container-setting.ts';
import { contradictoryRoleParameter } from './contradictory-role-parameter.ts';
import { destinationWithoutRoute } from './destination-without-route.ts';
import { exitNodeConflict } from './exit-node-conflict.ts';
import { failingPolicyTest } from './failing-policy-test.ts';
import { foreignPodCidr } from './foreign-pod-cidr.ts';
import { halfAcceptedLan } from './half-accepted-lan.ts';
import { halfApprovedLan } from './half-approved-lan.ts';
import { hostOffItsLan } from './host-off-its-lan.ts';
import { invalidAddress } from './invalid-address.ts';
import { invalidPrefix } from './invalid-prefix.ts';
import { joinAddressNotInCertificate } from './join-address-not-in-certificate.ts';
import { lanPairThroughTunnel } from './lan-pair-through-tunnel.ts';
import { leakToDefaultRoute } from './leak-to-default-route.ts';
import { missingRoleParameter } from './missing-role-parameter.ts';
import { notPortable } from './not-portable.ts';
import { overlappingRoutes } from './overlapping-routes.ts';
import { overlappingSites } from './overlapping-sites.ts';
import { ownPodsCutOff } from './own-pods-cut-off.ts';
import { plaintextToken } from './plaintext-token.ts';
import { podCidrNotAdvertised } from './pod-cidr-not-advertised.ts';
import { policyAllowsAll } from './policy-allows-all.ts';
import { policyBlocksPods } from './policy-blocks-pods.ts';
import { policyDeniesAll } from './policy-denies-all.ts';
import { refusedPolicy } from './refused-policy.ts';
import { refusedTest } from './refused-test.ts';
import { remotePairBroken } from './remote-pair-broken.ts';
import { removedBackend } from './removed-backend.ts';
import { routesNotAccepted } from './routes-not-accepted.ts';
import type { Rule } from './rule.ts';
import { ruleWithoutEffect } from './rule-without-effect.ts';
import { ruleWithoutPriority } from './rule-without-priority.ts';
import { settingNotForAgents } from './setting-not-for-agents.ts';
import { settingsDisagree } from './settings-disagree.ts';
import { syntax } from './syntax.ts';
import { tagSourceForPods } from './tag-source-for-pods.ts';
import { unapprovedRoute } from './unapproved-route.ts';
import { undefinedTag } from './undefined-tag.ts';
import { unknownRole } from './unknown-role.ts';
import { unusedDefinition } from './unused-definition.ts';
import { unusedIgnore } from './unused-ignore.ts';
import { userspaceTailscale } from './userspace-tailscale.ts';
import { wideApprover } from './wide-approver.ts';
import { wireguardNativeBackend } from './wireguard-native-backend.ts';

/** Every rule, as the documentation lists them: routes, roles, K3s, Tailscale, policy, files. */
export const RULES: readonly Rule[] = [
  overlappingRoutes,
  invalidPrefix,
  podCidrNotAdvertised,
  foreignPodCidr,
  unapprovedRoute,
  routesNotAccepted,
  lanPairThroughTunnel,
  bypassSwallowsRemotePods,
  halfAcceptedLan,
  halfApprovedLan,
  ownPodsCutOff,
  overlappingSites,
  remotePairBroken,
  leakToDefaultRoute,
  hostOffItsLan,
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
  apiUnreachableFromPods,
  joinAddressNotInCertificate,
  userspaceTailscale,
  containerSetting,
  exitNodeConflict,
  ruleWithoutPriority,
  booleanFlagWithASpace,
  refusedPolicy,
  undefinedTag,
  refusedTest,
  failingPolicyTest,
  ruleWithoutEffect,
  destinationWithoutRoute,
  tagSourceForPods,
  policyBlocksPods,
  approverWithoutRoute,
  approverWithoutDevice,
  wideApprover,
  policyDeniesAll,
  policyAllowsAll,
  unusedDefinition,
  notPortable,
  syntax,
  unusedIgnore,
];
