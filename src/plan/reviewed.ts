import { formatPrefix } from '../net/format.ts';
import { parsePrefix } from '../net/parse.ts';
import type { DeviceList } from '../policy/device-list.ts';
import type { Plan, WantedRoute } from './plan.ts';

/** What of a plan is kept in the comment that shows it, to be found again when it is applied. */
export interface ReviewedPlan {
  readonly version: 1;
  /** `owner/name`. */
  readonly repository: string;
  readonly pull: number;
  /** The commits that it was made for: 40 or 64 hexadecimal digits. */
  readonly heads: readonly string[];
  /** The control server's address, so that a plan for one is none for another. */
  readonly server: string;
  readonly control: DeviceList['control'];
  readonly digest: string;
  /** What was not done yet. */
  readonly routes: readonly ReviewedRoute[];
}

export interface ReviewedRoute {
  readonly node: string;
  /** The device's id and creation date; a device that registers again has others. Absent: it was not there yet. */
  readonly device?: string;
  readonly created?: string;
  /** Without a device: what the files told it by, so that another pull request cannot lead the node to another one. */
  readonly toldBy?: string;
  /** In CIDR notation. */
  readonly prefix: string;
  readonly action: 'approve' | 'remove';
  /** Whether it was to wait for its device, for its advertisement or until the device is online. */
  readonly pending: boolean;
}

/** What a reviewer of this plan has seen. */
export function reviewedOf(
  plan: Pick<Plan, 'control' | 'digest' | 'wanted'>,
  of: Pick<ReviewedPlan, 'repository' | 'pull' | 'heads' | 'server'>,
): ReviewedPlan {
  const { control, digest, wanted } = plan;
  const { repository, pull, heads, server } = of;
  const routes = wanted.filter(({ state }) => state !== 'done').map(reviewedRoute);
  return { version: 1, repository, pull, heads, server, control, digest, routes };
}

function reviewedRoute({ node, device, prefix, action, state, toldBy }: WantedRoute): ReviewedRoute {
  return {
    node,
    ...(device && { device: device.id }),
    ...(device && device.created !== '' && { created: device.created }),
    ...(device === undefined && toldBy && { toldBy }),
    prefix: formatPrefix(prefix),
    action,
    pending: state !== 'now',
  };
}

/** Base64 of ASCII JSON, on one line. */
export function encodeReviewed(plan: ReviewedPlan): string {
  const ascii = JSON.stringify(plan).replace(/[^ -~]/g, escapeUnit);
  return btoa(ascii);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const MOST_ROUTES = 5000;
/** No more commits are kept, nor read. */
export const MOST_HEADS = 100;
/** More than 5000 routes with their longest names take. */
const LONGEST_CODE = 8_000_000;
/** A name of DNS has 253 units at most [RFC 1035]; a file may hold longer ones. */
const LONGEST_NAME = 1000;
const LONGEST_ADDRESS = 2000;

/** Undefined for whatever `encodeReviewed` does not write. Never throws, and keeps no member that it does not know. */
export function decodeReviewed(text: string): ReviewedPlan | undefined {
  if (text.length > LONGEST_CODE || !/^[A-Za-z\d+/]+={0,2}$/.test(text)) return undefined;
  const json = jsonIn(text);
  if (!isRecord(json)) return undefined;
  const { version, repository, pull, heads, server, control, digest, routes } = json;
  if (version !== 1) return undefined;
  if (!isText(repository, LONGEST_NAME) || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return undefined;
  if (typeof pull !== 'number' || !Number.isSafeInteger(pull) || pull < 1) return undefined;
  if (!isText(server, LONGEST_ADDRESS)) return undefined;
  if (control !== 'tailscale' && control !== 'headscale') return undefined;
  if (!isText(digest, 71) || !/^sha256:[\da-f]{64}$/.test(digest)) return undefined;
  const commits = listOf(heads, MOST_HEADS, commitIn);
  const known = listOf(routes, MOST_ROUTES, routeIn);
  if (commits === undefined || known === undefined) return undefined;
  return { version, repository, pull, heads: commits, server, control, digest, routes: known };
}

function jsonIn(text: string): unknown {
  try {
    const json = atob(text);
    return /^[ -~]*$/.test(json) ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isText(json: unknown, longest: number): json is string {
  return typeof json === 'string' && json !== '' && json.length <= longest;
}

/** Undefined as soon as one item is not read. */
function listOf<T>(
  json: unknown,
  most: number,
  read: (item: unknown) => T | undefined,
): readonly T[] | undefined {
  if (!Array.isArray(json) || json.length > most) return undefined;
  const items = json.map(read);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function commitIn(json: unknown): string | undefined {
  return isText(json, 64) && /^([\da-f]{40}|[\da-f]{64})$/.test(json) ? json : undefined;
}

function routeIn(json: unknown): ReviewedRoute | undefined {
  if (!isRecord(json)) return undefined;
  const { node, device, created, toldBy, prefix, action, pending } = json;
  if (!isText(node, LONGEST_NAME) || !isText(prefix, LONGEST_NAME) || typeof pending !== 'boolean') {
    return undefined;
  }
  if (action !== 'approve' && action !== 'remove') return undefined;
  const parsed = parsePrefix(prefix);
  if (!parsed.ok || formatPrefix(parsed.value) !== prefix) return undefined;
  if (device !== undefined && !isText(device, LONGEST_NAME)) return undefined;
  if (created !== undefined && (device === undefined || !isText(created, LONGEST_NAME))) return undefined;
  if (toldBy !== undefined && (device !== undefined || !isText(toldBy, LONGEST_NAME))) return undefined;
  return {
    ...{ node, prefix, action, pending },
    ...(device && { device }),
    ...(created && { created }),
    ...(toldBy && { toldBy }),
  };
}

/**
 * Whether one of the reviewed plans has a route: for the same device, registered at the same time, or for the same
 * node, told by the same, where it was not in the tailnet yet. `onlyPending`: what was to be done at once does not count.
 */
export function isReviewedIn(
  plans: readonly ReviewedPlan[],
  onlyPending = false,
): (route: WantedRoute) => boolean {
  const routes = plans.flatMap((plan) => plan.routes).filter(({ pending }) => pending || !onlyPending);
  const known = new Set(
    routes.map(({ node, device, created, toldBy, prefix, action }) =>
      device === undefined
        ? keyOf('node', action, prefix, node, toldBy ?? '')
        : keyOf('device', action, prefix, device, created ?? ''),
    ),
  );
  return ({ node, device, prefix, action, toldBy }) => {
    const text = formatPrefix(prefix);
    return (
      known.has(keyOf('node', action, text, node, toldBy ?? '')) ||
      (device !== undefined && known.has(keyOf('device', action, text, device.id, device.created)))
    );
  };
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
