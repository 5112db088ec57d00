import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, type Texts } from '../pipeline.ts';

const HOME = 'examples/home';
const texts: Texts = Object.fromEntries(
  readdirSync(HOME, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => statSync(join(HOME, name)).isFile())
    .map((name) => [name, readFileSync(join(HOME, name), 'utf8')]),
);
const oneFile = fc.constantFrom(...Object.keys(texts));

/** The whole way from texts to findings, on a repository of which one file is broken. */
async function holds(name: string, text: string): Promise<void> {
  const diagnostics = await diagnosticsOf({ ...texts, [name]: text });
  for (const { at, message } of diagnostics) {
    expect(at.start).toBeLessThanOrEqual(at.end);
    expect(at.end).toBeLessThanOrEqual(at.file.text.length);
    expect(message).not.toBe('');
  }
}

describe('no broken file makes a check throw or hang', () => {
  it('cut at any unit', () =>
    fc.assert(
      fc.asyncProperty(oneFile, fc.nat(), (name, at) => {
        const text = texts[name]!;
        return holds(name, text.slice(0, at % (text.length + 1)));
      }),
      { numRuns: 400 },
    ));

  it('with any line deleted or given twice', () =>
    fc.assert(
      fc.asyncProperty(oneFile, fc.nat(), fc.boolean(), (name, at, twice) => {
        const lines = texts[name]!.split('\n');
        const index = at % lines.length;
        lines.splice(index, 1, ...(twice ? [lines[index]!, lines[index]!] : []));
        return holds(name, lines.join('\n'));
      }),
      { numRuns: 400 },
    ));

  it('with random units in the middle, or of nothing else', () =>
    fc.assert(
      fc.asyncProperty(
        oneFile,
        fc.nat(),
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        (name, at, noise, alone) => {
          const text = texts[name]!;
          const place = at % (text.length + 1);
          return holds(name, alone ? noise : text.slice(0, place) + noise + text.slice(place));
        },
      ),
      { numRuns: 400 },
    ));
});
