import { sep } from 'node:path';
import type { FileKind, Parameter } from '../inputs/facts.ts';
import { kindOfName } from '../inputs/kind-of-name.ts';
import { markFinder } from '../inputs/marks.ts';
import { recognise } from '../inputs/recognise.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type AskedPath, askedPath, shownPath } from './asked-path.ts';
import { SettingsError } from './errors.ts';
import { listFiles } from './list-files.ts';
import { decode, isStillAt, readBytes, type Unread } from './read-file.ts';
import { isNeverConfiguration, skipReason, vendoredCharts, withoutExampleWord } from './skip-reason.ts';

/** A file that is ours by its content. */
export interface FoundFile {
  readonly kind: FileKind;
  readonly file: SourceFile;
}

/** A file that would be ours and is not checked. */
export interface SkippedFile {
  readonly path: string;
  readonly kind?: FileKind;
  readonly why: string;
}

export interface Discovered {
  /** In the order of the asked paths, then of their names; no file twice. */
  readonly found: readonly FoundFile[];
  readonly skipped: readonly SkippedFile[];
  /** Another file that was listed, by its path as it is printed: an `env_file` that a Compose file names. */
  readonly fileNamed: (path: string) => SourceFile | undefined;
}

export interface DiscoverOptions {
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** Whether the settings leave a path out. */
  readonly isExcluded: (path: string) => boolean;
  readonly parameterNames: ReadonlyMap<string, Parameter>;
  /** Called before each file, with how many were looked at. */
  readonly progress: (files: number) => void;
}

interface ListedFile {
  readonly asked: AskedPath;
  /** Relative to the asked folder. */
  readonly path: string;
  readonly absolute: string;
  /** As it is printed. */
  readonly shown: string;
  /** Why it is left out whatever it holds. */
  readonly skip?: string | undefined;
}

/** Lists what is below each path and picks out, by content and without parsing, the files that podroute reads. */
export function discover(paths: readonly string[], options: DiscoverOptions): Discovered {
  const tell = teller(options);
  const listed = new Map<string, ListedFile>();
  const found: FoundFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const path of paths) {
    for (const file of listBelow(askedPath(path, options.cwd))) {
      if (listed.has(file.shown)) continue;
      options.progress(listed.size);
      listed.set(file.shown, file);
      const told = tell(file);
      if (told === undefined) continue;
      if ('file' in told) found.push(told);
      else skipped.push(told);
    }
  }
  return {
    found,
    skipped,
    fileNamed: (path) => {
      const file = listed.get(path);
      return file === undefined || options.isExcluded(path) ? undefined : textOf(file);
    },
  };
}

function listBelow(asked: AskedPath): ListedFile[] {
  const files = listFiles(asked);
  const charts = vendoredCharts(files);
  const folder = asked.folder.endsWith(sep) ? asked.folder : asked.folder + sep;
  return files.map((path) => ({
    asked,
    path,
    absolute: folder + path,
    shown: shownPath(asked, path),
    // What is asked for by name is meant.
    skip: asked.file === undefined ? skipReason(path, charts) : undefined,
  }));
}

/** Tells of a file whether it is found, skipped or, as most are, none of ours. */
function teller({ isExcluded, parameterNames }: DiscoverOptions) {
  const hasMark = markFinder(parameterNames);

  return (listed: ListedFile): FoundFile | SkippedFile | undefined => {
    const told = isNeverConfiguration(listed.path) ? undefined : tell(listed);
    if (told !== undefined || listed.asked.file === undefined) return told;
    return { path: listed.shown, why: 'nothing that podroute reads' };
  };

  function tell(listed: ListedFile): FoundFile | SkippedFile | undefined {
    const { absolute, shown, skip } = listed;
    const read = readBytes(absolute);
    if ('unread' in read) return unreadFile(listed, read);
    const raw = read.bytes.toString('latin1');
    const byName = kindOfName(shown);
    if (byName === undefined && !hasMark(shown, raw)) return undefined;

    const text = read.whole ? decode(read.bytes) : undefined;
    const unreadable = read.whole ? whyUnreadable(text) : 'larger than 1 MiB';
    const name = skip === undefined ? shown : withoutExampleWord(shown);
    const recognised = recognise(name, text ?? raw, parameterNames);
    const kind = recognised ?? (unreadable === undefined ? undefined : byName);
    if (kind === undefined || !isStillAt(absolute, read.id)) return undefined;

    const why = isExcluded(shown) ? 'left out by the settings' : (unreadable ?? skip);
    if (why !== undefined || text === undefined) return { path: shown, kind, why: why ?? 'not UTF-8' };
    return { kind, file: { path: shown, within: withinOf(listed), text } };
  }
}

/** A listed file as text, if it is one and nothing leads elsewhere. */
function textOf(listed: ListedFile): SourceFile | undefined {
  const read = readBytes(listed.absolute);
  if ('unread' in read || !read.whole) return undefined;
  const text = decode(read.bytes);
  if (text === undefined || whyUnreadable(text) !== undefined) return undefined;
  if (!isStillAt(listed.absolute, read.id)) return undefined;
  return { path: listed.shown, within: withinOf(listed), text };
}

/** The path that may name a node: of a file that was asked for by name, its whole path below the current folder. */
function withinOf({ asked, path, shown }: ListedFile): string {
  return asked.file === undefined || shown.startsWith('../') ? path : shown;
}

/** What is worth telling of a file that could not be opened. */
function unreadFile({ asked, shown }: ListedFile, { unread, why }: Unread): SkippedFile | undefined {
  const kind = kindOfName(shown);
  const skipped = (because: string): SkippedFile => ({
    path: shown.replace(/\/$/, ''),
    ...(kind !== undefined && { kind }),
    why: because,
  });
  switch (unread) {
    case 'gone':
      // What is no UTF-8 in a name was replaced, so the file is not found by the name it is listed under.
      return shown.includes('\uFFFD') ? skipped('its name is not UTF-8') : undefined;
    case 'link':
    case 'special':
      return kind === undefined ? undefined : skipped(why);
    case 'denied':
      if (asked.file !== undefined) throw new SettingsError(`${shown} cannot be read: ${why}`);
      return skipped(why);
    case 'folder':
      return skipped(why);
  }
}

function whyUnreadable(text: string | undefined): string | undefined {
  if (text === undefined) return 'not UTF-8';
  if (text.includes('\0')) return 'binary';
  if (text.startsWith('$ANSIBLE_VAULT')) return 'encrypted with Ansible Vault';
  if (/ENC\[(AES256_GCM|PKCS7|GPG),/.test(text)) return 'encrypted with SOPS';
  return undefined;
}
