import { jsonText } from './json.ts';
import { lineRange } from './lines.ts';
import { MASK, type Redaction } from './redact.ts';
import type { Report, RuleSummary } from './report.ts';
import { clip, visible } from './terminal.ts';
import { SEVERITIES } from './totals.ts';
import { type FindingView, type Place, viewOf } from './view.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** What code scanning keeps of a run, of a result's places and of a description [GitHub docs, SARIF support]. */
const MOST_RESULTS = 5000;
const MOST_PLACES = 100;
const LONGEST_TEXT = 1024;

/** SARIF 2.1.0, errors first. */
export function renderSarif(report: Report): string {
  const { findings, rules, redaction } = viewOf(report);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const sorted = SEVERITIES.flatMap((severity) => findings.filter((each) => each.severity === severity));
  const fingerprint = fingerprinter(redaction);
  const results = sorted.slice(0, MOST_RESULTS).map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: indexes.get(finding.rule),
    // SARIF has the same three words.
    level: finding.severity,
    message: { text: plain(finding.message) },
    locations: [locationOf(finding.place)],
    relatedLocations: finding.related
      .slice(0, MOST_PLACES)
      .map(({ place, label }, id) => ({ id, ...locationOf(place), message: { text: plain(label) } })),
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding) },
  }));
  const leftOut = sorted.length - results.length;
  return jsonText({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'podroute', rules: rules.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'the folder podroute ran in' } } },
        results,
        ...(leftOut > 0 && { properties: { resultsLeftOut: leftOut } }),
      },
    ],
  });
}

function ruleOf({ id, summary, severity }: RuleSummary) {
  const text = plain(summary);
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: {
      text: `${text}. More: podroute explain ${id}, or docs/rules/${id}.md in podroute's repository.`,
      markdown: `${text}. More: \`podroute explain ${id}\`, or \`docs/rules/${id}.md\` in podroute's repository.`,
    },
    defaultConfiguration: { level: severity },
  };
}

/** Text of a message: on one line, and without the `[text](target)` that SARIF makes a link of. */
function plain(text: string): string {
  return visible(clip(text, LONGEST_TEXT)).replaceAll('](', ']\u200B(');
}

function locationOf({ path, start, end }: Place) {
  return {
    physicalLocation: {
      artifactLocation: artifactOf(path),
      region: {
        startLine: start.line,
        startColumn: start.column,
        endLine: end.line,
        endColumn: end.column,
      },
    },
  };
}

const ROOT = '%SRCROOT%';

/**
 * A path as a relative URI. One that leaves the folder is given without the base that would make it a file of the
 * repository, and with its `..` encoded: code scanning takes neither absolute URIs nor those that climb.
 */
function artifactOf(path: string): { uri: string; uriBaseId?: string } {
  const segments = path.split('/');
  const uri = segments.map(encodeSegment).join('/').replace(/^\//, '%2F');
  return segments.includes('..') ? { uri } : { uri, uriBaseId: ROOT };
}

function encodeSegment(segment: string): string {
  if (segment === '..') return '%2E%2E';
  return encodeURIComponent(segment.replace(/\p{Cs}/gu, '\uFFFD'));
}

/**
 * Makes the hash by which code scanning knows a result again when lines move: of the rule, the line's text without
 * secrets and indentation, and which of several alike in its file it is.
 */
function fingerprinter(redaction: Redaction): (finding: FindingView) => string {
  const seen = new Map<string, number>();
  return ({ rule, place }) => {
    const hash = hashOf(`${rule}\n${lineText(place, redaction).trim()}`);
    const key = `${hash} ${place.span.file.path}`;
    const number = (seen.get(key) ?? 0) + 1;
    seen.set(key, number);
    return `${hash}:${number}`;
  };
}

/** The first units of the line that a place starts on, masked. */
function lineText({ span, start }: Place, redaction: Redaction): string {
  const line = lineRange(span.file, start.line);
  let text = '';
  let from = line.start;
  for (const mask of redaction.line(span.file, line)) {
    if (text.length > LONGEST_TEXT) break;
    text += span.file.text.slice(from, mask.start) + MASK;
    from = mask.end;
  }
  return clip(text + span.file.text.slice(from, Math.min(line.end, from + LONGEST_TEXT)), LONGEST_TEXT);
}

/** 64 bits in hexadecimal: FNV-1a of the UTF-16 units from two offset bases, 32 bits each. */
function hashOf(text: string): string {
  return [0x811c9dc5, 0x01000193]
    .map((basis) => {
      let hash = basis;
      for (let index = 0; index < text.length; index++) {
        hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
      }
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
