import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkFolder } from '../../src/app/check-folder.ts';
import { renderText } from '../../src/report/text.ts';
import { RULES } from '../../src/rules/index.ts';
import { temporaryFolder } from '../app/temporary-folder.ts';

/**
 * In a page's example each block is a file whose first line is a comment with its path; the `text` block is the
 * report. A `devices.json` is given as the device list.
 */
const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;

describe("the example of each rule's page", () => {
  for (const { id } of RULES) {
    it(id, () => {
      const page = readFileSync(`docs/rules/${id}.md`, 'utf8');
      const blocks = [...(/^## Example$[\s\S]*?(?=^## )/m.exec(page)?.[0] ?? '').matchAll(BLOCK)];
      const files = blocks.filter(([, language]) => language !== 'text').map(([, , text]) => text!);
      const texts = Object.fromEntries(files.map((text) => [/^(?:#|\/\/) (\S+)/.exec(text)?.[1], text]));
      const devices = 'devices.json' in texts ? 'devices.json' : undefined;
      const { diagnostics, secrets } = checkFolder(['.'], { cwd: temporaryFolder(texts), devices }).report;
      const found = diagnostics.filter(({ rule }) => rule === id);
      const lines = found.map(({ at }) => /.*/.exec(at.file.text.slice(at.start))?.[0]);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toContain('<- here');
      const report = { diagnostics: found, files: [], rules: RULES, secrets };
      const shown = blocks.find(([, language]) => language === 'text')?.[2];
      expect(shown).toBe(renderText(report, { color: false, quiet: true }).replace(/\n+$/, '\n'));
    });
  }
});
