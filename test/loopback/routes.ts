import { parsePrefix } from '../../src/net/parse.ts';
import type { FakeDevice } from './control-server.ts';

const EXIT = ['0.0.0.0/0', '::/0'];

/** What Go's `netip.ParsePrefix` takes: host bits are fine. */
export function isPrefix(text: string): boolean {
  const parsed = parsePrefix(text);
  return parsed.ok || parsed.fault.kind === 'host-bits';
}

/** Approves these routes and no others; one exit route stands for both. */
export function replacesRoutes(device: FakeDevice, routes: readonly string[]): void {
  const exits = routes.some((route) => EXIT.includes(route)) ? EXIT : [];
  device.enabled = [...new Set([...routes, ...exits])].sort();
}
