import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFolder } from '../../src/app/check-folder.ts';
import { renderText } from '../../src/report/text.ts';
import { RULES } from '../../src/rules/index.ts';

/**
 * Every folder `fixtures/rules/<rule>/<case>` is a small repository. `# want <rule>` (`//` in HuJSON) on a line
 * says that a finding of that rule starts there; all rules run, and nothing else may be found. What a case's
 * report looks like in full stands beside it in `<case>.txt`. A `devices.json` is given as the device list.
 */
const FIXTURES = 'fixtures/rules';

for (const rule of readdirSync(FIXTURES).sort()) {
  describe(rule, () => {
    for (const name of foldersIn(join(FIXTURES, rule))) {
      it(name, async () => {
        const folder = join(FIXTURES, rule, name);
        const devices = existsSync(join(folder, 'devices.json')) ? 'devices.json' : undefined;
        const { report } = checkFolder(['.'], { cwd: folder, devices });
        const found = report.diagnostics.map(
          ({ at, rule }) => `${at.file.path}:${lineOf(at.file.text, at.start)} ${rule}`,
        );
        expect([...new Set(found)].sort()).toEqual(wanted(folder));
        if (name.startsWith('ok-')) expect(found).toEqual([]);
        else expect(report.diagnostics.map((each) => each.rule)).toContain(rule);
        await expect(renderText(report, { color: false, quiet: false })).toMatchFileSnapshot(
          join(process.cwd(), `${folder}.txt`),
        );
      });
    }
  });
}

describe('every rule', () => {
  for (const { id } of RULES) {
    it(`${id} has two cases to find and two to be silent about`, () => {
      const names = foldersIn(join(FIXTURES, id));
      const silent = names.filter((name) => name.startsWith('ok-'));
      const add = (what: string) => `add ${what} to ${FIXTURES}/${id}/`;
      expect(names.length - silent.length, add('a case with `# want`')).toBeGreaterThanOrEqual(2);
      expect(silent.length, add('an `ok-` case')).toBeGreaterThanOrEqual(2);
    });
  }
});

/** `path:line rule` of each `want` comment in a folder. */
function wanted(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const places = files
    .filter((file) => statSync(join(folder, file)).isFile())
    .flatMap((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').split(/\r\n|\r|\n/);
      return lines.flatMap((line, index) => {
        const match = /(?:#|\/\/) want ([a-z, -]+)/.exec(line);
        return (match?.[1]?.trim().split(/[, ]+/) ?? []).map(
          (rule) => `${file.replaceAll('\\', '/')}:${index + 1} ${rule}`,
        );
      });
    });
  return places.sort();
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}
