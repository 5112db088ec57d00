/** What the build puts into the bundle: `scripts/build.ts`. */
declare const PODROUTE_VERSION: string;
/** JSON: the pages by their rule's id. A text costs nothing until it is parsed. */
declare const RULE_PAGES: string;

export function version(): string {
  return PODROUTE_VERSION;
}

/** The page of a rule in `docs/rules/`, as Markdown. */
export function rulePage(id: string): string | undefined {
  const pages = new Map<string, string>(Object.entries(JSON.parse(RULE_PAGES)));
  return pages.get(id);
}
