/** A set of the numbers below a fixed size, a bit each: sets that meet here have one size. */
export type NumberSet = Readonly<Uint32Array>;

export function numberSet(size: number, numbers: Iterable<number>): NumberSet {
  const words = new Uint32Array(Math.ceil(size / 32));
  for (const number of numbers) words[number >> 5]! |= 1 << (number & 31);
  return words;
}

export function hasNumber(set: NumberSet, number: number): boolean {
  return (set[number >> 5]! & (1 << (number & 31))) !== 0;
}

export function joined(a: NumberSet, b: NumberSet): NumberSet {
  return a.map((word, index) => word | b[index]!);
}

export function haveCommon(a: NumberSet, b: NumberSet): boolean {
  for (let index = 0; index < a.length; index++) if ((a[index]! & b[index]!) !== 0) return true;
  return false;
}

export function isSubset(inner: NumberSet, outer: NumberSet): boolean {
  for (let index = 0; index < inner.length; index++) if ((inner[index]! & ~outer[index]!) !== 0) return false;
  return true;
}

/** In order. */
export function numbersOf(set: NumberSet): number[] {
  const numbers: number[] = [];
  for (const [index, word] of set.entries()) {
    for (let left = word; left !== 0; left &= left - 1) {
      numbers.push(index * 32 + 31 - Math.clz32(left & -left));
    }
  }
  return numbers;
}

/** A key that is the same for the same set. */
export function numberSetKey(set: NumberSet): string {
  return set.join();
}
