import type { Parsed } from '../../net/parse.ts';

/** Nanoseconds. */
export const HOUR = 3_600_000_000_000n;
const MINUTE = HOUR / 60n;
const SECOND = MINUTE / 60n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ns', 1n],
]);

/** No right duration is longer. */
const LONGEST = 100;

/** Reads a duration as Go's `time.ParseDuration` does, `20h`, `1h30m` or `-1.5s`: nanoseconds, or Go's words. */
export function readDuration(text: string): Parsed<bigint, string> {
  const invalid = `time: invalid duration ${JSON.stringify(text.slice(0, LONGEST))}`;
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return { ok: true, value: 0n };
  if (unsigned === '' || unsigned.length > LONGEST) return { ok: false, fault: invalid };
  let sum = 0n;
  for (let at = 0; at < unsigned.length; ) {
    const [token, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(unsigned.slice(at)) ?? [];
    if (token === undefined) return { ok: false, fault: invalid };
    const size = UNITS.get(unit);
    if (size === undefined) {
      const what = unit === '' ? 'missing unit' : `unknown unit ${JSON.stringify(unit)}`;
      return { ok: false, fault: `time: ${what} in duration ${JSON.stringify(text)}` };
    }
    const [whole, fraction = ''] = number.split('.');
    sum += BigInt(whole || '0') * size;
    if (fraction !== '') sum += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
    at += token.length;
  }
  return { ok: true, value: text.startsWith('-') ? -sum : sum };
}

/** As Go writes a duration of a minute and more: `169h0m0s`, `1m30.5s`, `-1m0s`. */
export function formatDuration(duration: bigint): string {
  if (duration < 0n) return `-${formatDuration(-duration)}`;
  const hours = duration / HOUR;
  const minutes = (duration % HOUR) / MINUTE;
  const fraction = String(duration % SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${(duration % MINUTE) / SECOND}${fraction && `.${fraction}`}s`;
  return `${hours > 0n ? `${hours}h` : ''}${minutes}m${seconds}`;
}
