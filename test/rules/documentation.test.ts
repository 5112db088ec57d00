import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/rules/index.ts';

const HEADINGS = ['What it finds', 'Why it matters', 'Example', 'How to repair', 'When to ignore it'];
const README = readFileSync('README.md', 'utf8');

describe('every rule has its documentation', () => {
  for (const { id, summary, severity } of RULES) {
    it(id, () => {
      const page = readFileSync(`docs/rules/${id}.md`, 'utf8');
      expect(page.split('\n', 1)[0]).toBe(`# ${id}`);
      expect(page, `the page's second paragraph`).toContain(`\n${severity} · ${summary}\n`);
      expect([...page.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(HEADINGS);
      const row = `| [${id}](docs/rules/${id}.md) | ${severity} | ${summary} |`;
      expect(README.includes(row), `README.md lacks the row\n${row}`).toBe(true);
    });
  }

  it('and there is no page or fixture of a rule that is gone', () => {
    const ids = RULES.map(({ id }) => id).sort();
    expect(readdirSync('docs/rules').sort()).toEqual(ids.map((id) => `${id}.md`));
    expect(readdirSync('fixtures/rules').sort()).toEqual(ids);
    const files = readdirSync('src/rules').filter((file) => !['index.ts', 'rule.ts'].includes(file));
    expect(files.sort()).toEqual(ids.map((id) => `${id}.ts`));
  });
});
