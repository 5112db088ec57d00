import type { Problem } from '../diagnostics/finding.ts';
import { listed } from '../diagnostics/wording.ts';
import { formatRange } from '../net/address-set.ts';
import type { AccessAnswer, Difference, Grounds, NearRule } from '../policy/access/explain-access.ts';
import type { Flows } from '../policy/access/flows.ts';
import type { AddressNames } from '../policy/access/name-addresses.ts';
import type { Span } from '../source/span.ts';
import type { Asked } from './policy-report.ts';
import { MOST_NAMES, namesInWords, portsInWords, protocolsInWords } from './policy-words.ts';

/** Parts of a question that are not allowed. */
const MOST_MISSING = 10;

/** The answer to a question, the question first. */
export function answerLines({ words, question, answer }: Asked, names: AddressNames): string[] {
  const verdict = { true: 'allowed', false: 'not allowed', partly: 'partly allowed' }[`${answer.allowed}`];
  const by = protocolsInWords([question.protocol]).join();
  const missing = answer.allowed === 'partly' ? answer.missing : [];
  const lines = missing.slice(0, MOST_MISSING).map((flows) => `  not allowed: ${flowsInWords(flows, names)}`);
  if (missing.length > lines.length) lines.push(`  and ${missing.length - lines.length} more`);
  if (answer.nowhere.length > 0) {
    lines.push(`  no device has or routes ${listed(answer.nowhere.map(formatRange), MOST_NAMES)}`);
  }
  if (answer.allowed !== true && answer.nearest.length === 0) lines.push('  no rule comes near');
  return [`${words.from} → ${words.to}, ${by}: ${verdict}`, ...lines];
}

function flowsInWords({ sources, destinations, ports }: Flows, names: AddressNames): string {
  return `${namesInWords(sources, names)} → ${namesInWords(destinations, names)}, ${portsInWords([ports])}`;
}

/** The rules of an answer, each at its line. */
export function groundsOf({ allowed, because, nearest }: AccessAnswer): Problem[] {
  const does = allowed === 'partly' ? 'lets a part through' : 'lets it through';
  return [
    ...because.map((each) => {
      const only = each.postures.length > 0 ? ` from devices of ${listed(each.postures)}` : '';
      return { message: `${ruleInWords(each)} ${does}${only}`, at: each.destination.at };
    }),
    ...nearest.map((each) => ({
      message: `${ruleInWords(each)} comes near: it has ${listed(each.differs.map((one) => DIFFERENCES[one]))}`,
      at: placeOf(each),
    })),
  ];
}

/** What keeps a rule from matching. */
function placeOf({ rule, destination, differs }: NearRule): Span {
  const [first, last] = [rule.sources[0]?.span, rule.sources.at(-1)?.span];
  if (!differs.includes('source') || !first || !last) return destination.at;
  return { ...first, end: last.end };
}

const DIFFERENCES: Record<Difference, string> = {
  source: 'other sources',
  destination: 'other destinations',
  protocol: 'another protocol',
  port: 'other ports',
  via: 'a via that no router of the destination has as a tag',
};

function ruleInWords({ rule, destination }: Grounds): string {
  // What holds without any rule has the place of the whole policy.
  if (destination.at === rule.span) return 'a policy without acls and grants';
  return `${rule.section}[${rule.index}]`;
}
