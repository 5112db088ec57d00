/** `a`, `a and b`, `a, b and c`; of many only the first few and how many more. */
export function listed<Item = string>(
  items: readonly Item[],
  most = 4,
  inWords: (item: Item) => string = String,
): string {
  const named = items.slice(0, items.length > most ? most - 1 : most).map(inWords);
  const more = items.length - named.length;
  const words = more > 0 ? [...named, `${more} more`] : named;
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
