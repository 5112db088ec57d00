import type { Problem } from '../diagnostics/finding.ts';
import { type AddressSet, formatRange } from '../net/address-set.ts';
import { formatPrefix } from '../net/format.ts';
import type { Grounds, NearRule } from '../policy/access/explain-access.ts';
import type { Flows } from '../policy/access/flows.ts';
import type { FilterLine } from '../policy/filter.ts';
import type { Span } from '../source/span.ts';
import { jsonLine, jsonText } from './json.ts';
import { endsOf } from './lines.ts';
import { differenceEntry } from './policy-difference-json.ts';
import { type Asked, devicePolicies, diagnosticsOf, type PolicyReport, reportOf } from './policy-report.ts';
import { type Redaction, redactionOf } from './redact.ts';
import { snippetOf } from './snippet.ts';
import { viewOf } from './view.ts';

/** What thousands of devices see of each other does not fit in a string. */
const LONGEST = 256 * 1024 * 1024;

/**
 * Version 1 of the format: it may gain members, and loses or renames none. Each device has a line. Undefined where
 * there would be more than `LONGEST` UTF-16 units of them.
 */
export function renderPolicyJson(report: PolicyReport): string | undefined {
  const { compiled, asked, difference, problems, warnings, unmet, unrunTests } = report;
  const redaction = redactionOf(report.secrets);
  const devices = deviceEntries(report, redaction);
  if (devices === undefined) return undefined;
  const before = {
    version: 1,
    accepted: problems.length === 0,
    errors: problemsIn(problems, report),
    warnings: problemsIn(warnings, report),
    unmet: problemsIn(unmet, report),
    unrunTests,
    control: compiled?.list.control,
  };
  const members = [
    ...Object.entries(before).map(jsonMember),
    `  "devices": [${devices.map((device) => `\n    ${device}`).join()}${devices.length > 0 ? '\n  ' : ''}]`,
    ...Object.entries({
      ...(asked && answerIn(asked, redaction)),
      ...(difference && { difference: differenceEntry(difference, redaction) }),
    }).map(jsonMember),
  ];
  return `{\n${members.filter((member) => member !== '').join(',\n')}\n}\n`;
}

function jsonMember([key, value]: readonly [string, unknown]): string {
  if (value === undefined) return '';
  return `  "${key}": ${jsonText(value).trimEnd().replaceAll('\n', '\n  ')}`;
}

function deviceEntries(report: PolicyReport, redaction: Redaction): readonly string[] | undefined {
  const devices = report.compiled?.list.devices ?? [];
  const shown = new Map(devices.map((device) => [device, redaction.text(device.name)]));
  const formatSet = setFormatter();
  const entries: string[] = [];
  let length = 0;
  for (const { device, filter, autoApproved, sees } of devicePolicies(report)) {
    const entry = jsonLine({
      name: shown.get(device),
      id: redaction.text(device.id),
      filter: filter.map((line) => filterEntry(line, formatSet)),
      autoApproved: autoApproved.map(formatPrefix),
      sees: sees.map((peer) => ({ peer: shown.get(peer.device), routes: peer.routes.map(formatPrefix) })),
    });
    entries.push(entry);
    length += entry.length;
    if (length > LONGEST) return undefined;
  }
  return entries;
}

function problemsIn(problems: readonly Problem[], report: PolicyReport) {
  const { findings } = viewOf(reportOf(diagnosticsOf(problems, 'error'), report));
  return findings.map(({ message, place, related }) => ({
    message,
    path: place.path,
    start: place.start,
    end: place.end,
    related: related.map(({ label, place: { path, start, end } }) => ({ path, start, end, label })),
  }));
}

function filterEntry({ sources, destinations, protocols }: FilterLine, formatSet: typeof setTexts) {
  return {
    src: formatSet(sources),
    dst: destinations.map(({ range, ports: { first, last } }) => ({ ip: formatRange(range), first, last })),
    proto: protocols,
  };
}

function setTexts(set: AddressSet): readonly string[] {
  return set.map(formatRange);
}

/** Many lines of many filters have the same sources, the same object. */
function setFormatter(): typeof setTexts {
  const known = new Map<AddressSet, readonly string[]>();
  return (set) => {
    const texts = known.get(set) ?? setTexts(set);
    known.set(set, texts);
    return texts;
  };
}

function answerIn({ words, question, answer }: Asked, redaction: Redaction) {
  const { protocol, ports, sources, destinations } = question;
  return {
    question: {
      from: redaction.text(words.from),
      to: redaction.text(words.to),
      protocol,
      src: setTexts(sources),
      dst: setTexts(destinations),
      ports,
    },
    allowed: answer.allowed,
    because: answer.because.map((grounds) => groundsIn(grounds, redaction)),
    missing: answer.missing.map(({ sources, destinations, ports }: Flows) => ({
      src: setTexts(sources),
      dst: setTexts(destinations),
      ports,
    })),
    nowhere: setTexts(answer.nowhere),
    nearest: answer.nearest.map((near: NearRule) => ({
      ...groundsIn(near, redaction),
      differs: near.differs,
    })),
  };
}

function groundsIn({ rule, destination, postures }: Grounds, redaction: Redaction) {
  return {
    section: rule.section,
    index: rule.index,
    ...placeIn(rule.span, redaction),
    destination: placeIn(destination.at, redaction),
    postures: postures.map((name) => redaction.text(name)),
  };
}

/** A place with the text of its first line. */
function placeIn(span: Span, redaction: Redaction) {
  const place = { path: redaction.text(span.file.path), ...endsOf(span) };
  return { ...place, text: snippetOf({ ...place, span }, redaction).text.trim() };
}
