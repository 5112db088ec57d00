import type { Report } from './report.ts';
import { isAscii, replaceUnseen } from './terminal.ts';
import { type Place, viewOf } from './view.ts';

/** Version 1 of the format: it may gain members, and loses or renames none. */
export function renderJson(report: Report): string {
  const { findings, files, totals } = viewOf(report);
  return jsonText({
    version: 1,
    findings: findings.map(({ rule, severity, message, place, related, fix }) => ({
      rule,
      severity,
      message,
      ...ends(place),
      related: related.map(({ label, place }) => ({ ...ends(place), label })),
      help: `docs/rules/${rule}.md`,
      ...(fix && { fix: { title: fix.title, ...ends(fix.place), newText: fix.newText } }),
    })),
    files: files.map(({ path, kind, status, why }) => ({ path, kind, status, why })),
    summary: totals,
  });
}

/**
 * JSON for people and machines, with a line end. What cannot be seen, and the runner's `##[`, are written as escapes
 * of JSON: a terminal or a job's log shows them and obeys nothing, and a parser reads what was there.
 */
export function jsonText(value: unknown): string {
  return `${inertJson(JSON.stringify(value, null, 2))}\n`;
}

/** The same on one line without its end. */
export function jsonLine(value: unknown): string {
  return inertJson(JSON.stringify(value));
}

function inertJson(json: string): string {
  if (isAscii(json) && !json.includes('##[')) return json;
  const text = replaceUnseen(json, (unseen) => (unseen === '\n' ? unseen : escapeOf(unseen)));
  return text.replaceAll('##[', '##\\u005b');
}

function escapeOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

function ends({ path, start, end }: Place) {
  return { path, start, end };
}
