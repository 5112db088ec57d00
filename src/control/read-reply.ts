import type { Device, DeviceList } from '../policy/device-list.ts';
import { type LiveReply, readDevices } from '../policy/read-devices.ts';
import { sourceFile } from '../source/source-file.ts';
import { ControlError } from './control-server.ts';
import { shown } from './error-body.ts';

/** Whose reply it is. */
export interface Replier {
  readonly called: string;
  readonly hide: (text: string) => string;
  /** Without it the shape tells. */
  readonly control?: DeviceList['control'];
}

/**
 * Reads the text of a live list as `readDevices` reads a saved one, but whole or not at all: what is written later is
 * worked out from it. Throws a `ControlError`.
 */
export function readList(text: string, replier: Replier, live: LiveReply = {}): DeviceList {
  const refuse = (why: string) => new ControlError(`${replier.called} answers with devices that ${why}`);
  const show = (said: string) => shown(said, replier.hide);
  const { list, problems } = readDevices(sourceFile('reply.json', text), {
    ...live,
    ...(replier.control && { control: replier.control }),
  });
  const problem = problems[0];
  if (problem !== undefined) {
    throw refuse(`cannot be read: ${show(problem.message)} (${placeIn(text, problem.at.start)})`);
  }
  if (list === undefined) throw refuse('cannot be read');
  const names = new Map<string, string>();
  for (const { id, name } of list.devices) {
    if (id === '') throw refuse(`cannot be told apart: "${show(name)}" has no id`);
    const other = names.get(id);
    if (other !== undefined) {
      throw refuse(`cannot be told apart: "${show(other)}" and "${show(name)}" have the id ${show(id)}`);
    }
    names.set(id, name);
  }
  return list;
}

/** Reads a reply that is one device; throws a `ControlError`, also if it is not the one that was asked for. */
export function readOne(id: string, text: string, replier: Replier, live: LiveReply = {}): Device {
  const [device] = readList(text, replier, { ...live, isOne: true }).devices;
  if (device?.id === id) return device;
  const other = shown(device?.id ?? '', replier.hide);
  throw new ControlError(
    `${replier.called} answers with the device ${other} when asked for ${shown(id, replier.hide)}`,
  );
}

/** Where an offset into the reply is; a reply on one line has its place told in that. */
function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')} of the reply`;
}
