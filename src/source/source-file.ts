/** A text that was read, and what it is called in every message. */
export interface SourceFile {
  /** Relative to the folder podroute runs in, with `/`; may begin with `../`. */
  readonly path: string;
  /** The same file relative to the `PATH` that was asked for: folders above it name no node. */
  readonly within: string;
  /** Decoded text, without a byte order mark. Offsets everywhere count its UTF-16 units. */
  readonly text: string;
}

/** A file whose `PATH` is the folder podroute runs in; what tests and single texts need. */
export function sourceFile(path: string, text: string, within = path): SourceFile {
  return { path, within, text };
}

/** The folder part of a path, `''` at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
