import {
  type AddressRange,
  type AddressSet,
  EVERY_ADDRESS,
  formatRange,
  rangeOf,
  setOf,
} from '../../src/net/address-set.ts';
import { formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { autoApproved } from '../../src/policy/auto-approve.ts';
import { type CompiledPolicy, filterOf } from '../../src/policy/compile.ts';
import { type Judgement, judgePolicy } from '../../src/policy/judge.ts';
import { DEFAULT_PROTOCOLS } from '../../src/policy/policy.ts';
import { routersOf } from '../../src/policy/routers.ts';
import { visibilityOf } from '../../src/policy/visibility.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { deviceListOf, type RecordedView, type Recording, recordings } from './recordings.ts';

/** What we make of the recorded policy. */
export function judgeRecording(recording: Recording): Judgement & { readonly compiled: CompiledPolicy } {
  const file = sourceFile('policy.hujson', JSON.stringify(recording.policy, null, 2));
  const judgement = judgePolicy(file, deviceListOf(recording));
  if (judgement.compiled === undefined) throw new Error(`${recording.test_id} has no policy`);
  return { ...judgement, compiled: judgement.compiled };
}

/** The devices whose packet filter is another one than ours, with both. */
export function wrongFilters(recording: Recording, compiled: CompiledPolicy): string[] {
  return compiled.list.devices.flatMap((device) => {
    if (recording.nodes[device.name] === undefined) return [];
    const ours = lineKeys(
      filterOf(compiled, device).flatMap(({ sources, protocols, destinations }) =>
        destinations.flatMap(({ range, ports }) =>
          protocols.map((protocol) => ({ sources, protocol, ports, range })),
        ),
      ),
    );
    const theirs = lineKeys(recordedLines(recording.nodes[device.name]));
    return ours === theirs ? [] : [`${recording.test_id} ${device.name}\nours:\n${ours}\ntheirs:\n${theirs}`];
  });
}

interface Line {
  readonly sources: AddressSet;
  readonly protocol: number;
  readonly ports: { readonly first: number; readonly last: number };
  readonly range: AddressRange;
}

function recordedLines(view: RecordedView | undefined): Line[] {
  return (view?.packet_filter_rules ?? []).flatMap(({ SrcIPs, DstPorts, IPProto }) =>
    (DstPorts ?? []).flatMap(({ IP, Ports }) =>
      (IPProto ?? DEFAULT_PROTOCOLS).flatMap((protocol) =>
        recordedRanges(IP).map((range) => ({
          sources: setOf(SrcIPs.flatMap(recordedRanges)),
          protocol,
          ports: { first: Ports.First, last: Ports.Last },
          range,
        })),
      ),
    ),
  );
}

function recordedRanges(text: string): readonly AddressRange[] {
  if (text === '*') return EVERY_ADDRESS;
  const prefix = parsePrefix(text);
  if (prefix.ok) return [rangeOf(prefix.value)];
  const ends = text.split('-').map((end) => parseAddress(end));
  const [first, last] = [ends[0], ends.at(-1)];
  if (!first?.ok || !last?.ok) throw new Error(`${text} is no range`);
  return [{ family: first.value.family, first: first.value.bits, last: last.value.bits }];
}

/** One line for each set of sources, protocol and ports, with all their destinations. */
function lineKeys(lines: readonly Line[]): string {
  const destinations = new Map<string, AddressRange[]>();
  for (const { sources, protocol, ports, range } of lines) {
    const key = `${sources.map(formatRange).join()} ${protocol} ${ports.first}-${ports.last}`;
    destinations.set(key, [...(destinations.get(key) ?? []), range]);
  }
  return [...destinations]
    .map(([key, ranges]) => `${key} => ${setOf(ranges).map(formatRange).join()}`)
    .sort()
    .join('\n');
}

/** The devices that got other approvals than ours. */
export function wrongApprovals({ test_id }: Recording, { policy, list }: CompiledPolicy): string[] {
  return list.devices.flatMap((device) => {
    const [ours, theirs] = [autoApproved(policy, device), device.approved].map((prefixes) =>
      prefixes.map(formatPrefix).sort().join(),
    );
    return ours === theirs ? [] : [`${test_id} ${device.name}: ours ${ours}, theirs ${theirs}`];
  });
}

/** Ordered pairs of devices, and those of them of which one sees the other otherwise than ours. */
export function wrongViews(
  recording: Recording,
  compiled: CompiledPolicy,
): { pairs: number; wrong: string[] } {
  const { devices } = compiled.list;
  const see = visibilityOf(compiled);
  const shared = new Map(
    [...routersOf(compiled.list).values()]
      .filter((routers) => routers.devices.length > 1)
      .map(({ prefix, devices: all }) => [formatPrefix(prefix), new Set(all.map(({ name }) => name))]),
  );
  const wrong: string[] = [];
  for (const viewer of devices) {
    if (recording.nodes[viewer.name] === undefined) continue;
    const ours = new Map(see(viewer).map(({ device, routes }) => [device.name, routes.map(formatPrefix)]));
    const theirs = new Map(
      (recording.nodes[viewer.name]?.peers ?? []).map((peer) => {
        const own = new Set(
          devices
            .find(({ name }) => name === peer.name)
            ?.addresses.map((each) => formatPrefix(hostPrefix(each))),
        );
        return [peer.name, (peer.allowed_ips ?? []).filter((each) => !own.has(each))];
      }),
    );
    for (const { name } of devices) {
      if (name === viewer.name) continue;
      const text = (routes: readonly string[] | undefined) =>
        routes === undefined
          ? 'no peer'
          : [...routes]
              .filter((each) => !shared.has(each))
              .sort()
              .join();
      if (text(ours.get(name)) !== text(theirs.get(name))) {
        wrong.push(
          `${recording.test_id} ${viewer.name} -> ${name}: ours ${text(ours.get(name))}, theirs ${text(theirs.get(name))}`,
        );
      }
    }
    // Of a prefix that several hold, any one of them.
    for (const [prefix, routers] of shared) {
      // Which of them serves is not known, and that one learns of no other.
      if (routers.has(viewer.name)) continue;
      const holders = (views: ReadonlyMap<string, readonly string[]>) =>
        [...views].filter(([, routes]) => routes.includes(prefix)).map(([name]) => name);
      const [mine, yours] = [holders(ours), holders(theirs)];
      if (mine.length !== yours.length)
        wrong.push(`${recording.test_id} ${viewer.name}: ${prefix} through ${mine}, theirs ${yours}`);
    }
  }
  return { pairs: devices.length * (devices.length - 1), wrong };
}

/** How many of one folder's recordings we agree with, and what is wrong with the others. */
export interface Score {
  readonly accepted: Count;
  readonly wordings: Count;
  readonly filters: Count;
  readonly approvals: Count;
  readonly views: Count;
}

export interface Count {
  readonly judged: number;
  readonly wrong: readonly string[];
}

export const FOLDERS = ['acl', 'grant', 'routes', 'policytest', 'ssh', 'sshtest', 'nodeattrs'] as const;

export function scoreOf(folder: (typeof FOLDERS)[number]): Score {
  const judged = recordings(`${folder}_results`)
    .filter(mayBeJudged)
    .map((recording) => ({ recording, ...judgeRecording(recording) }));
  const isAccepted = ({ recording }: (typeof judged)[number]) => recording.response_code === 200;
  const accepted = judged.filter(isAccepted);
  const named = judged.filter(({ recording }) => namesFault(recording));
  const settled = accepted.filter(({ recording }) => !wasTakenEarly(recording));
  const views = settled.map(({ recording, compiled }) => wrongViews(recording, compiled));
  return {
    accepted: count(
      judged.length,
      judged.flatMap((each) =>
        isAccepted(each) === (each.problems.length === 0)
          ? []
          : [
              `${each.recording.test_id}: ${each.recording.response_message}, ours ${each.problems.map(({ message }) => message)}`,
            ],
      ),
    ),
    wordings: count(
      named.length,
      named.flatMap(({ recording, problems }) =>
        problems.some(({ message }) => message.includes(recording.response_message ?? ''))
          ? []
          : [`${recording.test_id}: ${recording.response_message}`],
      ),
    ),
    filters: count(
      accepted.reduce((sum, { recording }) => sum + Object.keys(recording.nodes).length, 0),
      accepted.flatMap(({ recording, compiled }) => wrongFilters(recording, compiled)),
    ),
    approvals: count(
      settled.reduce((sum, { compiled }) => sum + compiled.list.devices.length, 0),
      settled.flatMap(({ recording, compiled }) => wrongApprovals(recording, compiled)),
    ),
    views: count(
      views.reduce((sum, { pairs }) => sum + pairs, 0),
      views.flatMap(({ wrong }) => wrong),
    ),
  };
}

function count(judged: number, wrong: readonly string[]): Count {
  return { judged, wrong };
}

/** Which recordings may not be judged by, and for what, as those who made them say. */
function mayBeJudged({ test_id, capture_error, response_code }: Recording): boolean {
  // The state of an earlier policy was recorded.
  const isStale = test_id === 'policytest-allpass-grants-only-tag-src-ipv6-literal-dst';
  return capture_error === null && response_code !== 500 && !isStale;
}

/** Before the approvals had arrived. */
function wasTakenEarly({ test_id }: Recording): boolean {
  return EARLY.has(test_id);
}

const EARLY = new Set(
  'ah01 au01 au06 c09 d08 h03 k03 m02 mr09 mr20 mu02 mu07 o04 pf03 r02 r08 rs02 t10 u11 w02'
    .split(' ')
    .map((name) => `acl-${name}`),
);

function namesFault({ response_code, response_message }: Recording): boolean {
  return response_code === 400 && response_message !== 'test(s) failed';
}
