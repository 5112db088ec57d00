import type { DeviceList } from '../policy/device-list.ts';
import { readDevices } from '../policy/read-devices.ts';
import { SettingsError } from './errors.ts';
import { readGivenFile } from './given-file.ts';
import { problemsInWords } from './problems-in-words.ts';

/** 128 MiB; of ten thousand devices a reply with all fields takes some 20. */
const LARGEST = 128 * 1024 * 1024;

/**
 * Reads a saved device list. All that is wrong with it is said in one `SettingsError`. `control` is what it is of,
 * where that is known better than by its shape.
 */
export function readDeviceFile(path: string, cwd: string, control?: DeviceList['control']): DeviceList {
  const { list, problems } = readDevices(readGivenFile(path, cwd, 'a device list', LARGEST));
  if (list === undefined || problems.length > 0) throw new SettingsError(problemsInWords(problems));
  return control === undefined ? list : { ...list, control };
}
