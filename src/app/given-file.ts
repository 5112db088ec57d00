import { join } from 'node:path';
import { type SourceFile, sourceFile } from '../source/source-file.ts';
import { askedPath, shownPath } from './asked-path.ts';
import { SettingsError } from './errors.ts';
import { decode, LARGEST, readBytes } from './read-file.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * Reads a file that a setting names; `what` is what it should be, as `a settings file`. Throws a `SettingsError` for
 * one that cannot be read, is no text or is larger than `largest` bytes.
 */
export function readGivenFile(path: string, cwd: string, what: string, largest = LARGEST): SourceFile {
  const asked = askedPath(path, cwd);
  if (asked.file === undefined) throw new SettingsError(`${path} is a folder, not ${what}`);
  const read = readBytes(join(asked.folder, asked.file), largest);
  if ('unread' in read) throw new SettingsError(`${path} cannot be read: ${read.why}`);
  if (!read.whole) throw new SettingsError(`${path} cannot be read: larger than ${largest / MEBIBYTE} MiB`);
  const text = decode(read.bytes);
  if (text === undefined) throw new SettingsError(`${path} cannot be read: not UTF-8`);
  return sourceFile(shownPath(asked, asked.file), text);
}
