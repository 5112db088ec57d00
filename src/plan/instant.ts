import type { Device } from '../policy/device-list.ts';

/** Seconds may have a fraction; `Z` or an offset [RFC 3339]. */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Milliseconds since 1970 of an RFC 3339 date; undefined for any other text. */
export function instantOf(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  const minutes = (daysSince1970(year, month, day) * 24 + hour) * 60 + minute - offset;
  return minutes * 60_000 + second * 1000 + Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
}

/** Whether a device's key is no longer good; `now` is in milliseconds since 1970. */
export function hasExpired({ expires }: Pick<Device, 'expires'>, now: number): boolean {
  const end = instantOf(expires);
  // Go's zero time stands for never.
  return end !== undefined && end <= now && !expires.startsWith('0001-');
}

/** Years are counted from March, so that the day of a leap year is the last one. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + ofYear - 719_468;
}
