import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, formatPrefix } from '../../src/net/format.ts';
import { parseAddress, parsePrefix } from '../../src/net/parse.ts';

/** The canonical text, or the fault and what was meant. */
function prefix(text: string): string {
  const parsed = parsePrefix(text);
  if (parsed.ok) return formatPrefix(parsed.value);
  const { fault } = parsed;
  return 'meant' in fault ? `${fault.kind}: ${formatPrefix(fault.meant)}` : fault.kind;
}

function address(text: string): string {
  const parsed = parseAddress(text);
  if (parsed.ok) return formatAddress(parsed.value);
  const { fault } = parsed;
  if (fault.kind === 'has-length')
    return `${fault.kind}: ${formatAddress(fault.meant)} in ${formatPrefix(fault.prefix)}`;
  return 'meant' in fault ? `${fault.kind}: ${formatAddress(fault.meant)}` : fault.kind;
}

// What is accepted and refused here was checked with Go 1.26, net/netip and net.ParseIP.
describe('parseAddress', () => {
  const accepted: [text: string, canonical: string][] = [
    ['0.0.0.0', '0.0.0.0'],
    ['192.168.50.11', '192.168.50.11'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['FD7A:115C:A1E0::0001', 'fd7a:115c:a1e0::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::1.2.3.4', '::102:304'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['1:2:3:4:5::1.2.3.4', '1:2:3:4:5:0:102:304'],
  ];
  it.each(accepted)('takes %s', (text, canonical) => {
    expect(address(text)).toBe(canonical);
  });

  const refused: [text: string, fault: string][] = [
    ['', 'not-an-address'],
    ['oslo-1', 'not-an-address'],
    ['10', 'not-an-address'],
    ['10.0.0', 'not-an-address'],
    ['10.0.0.', 'not-an-address'],
    ['10.0..1', 'not-an-address'],
    ['10.0.0.0.1', 'not-an-address'],
    ['10.0.0.256', 'not-an-address'],
    ['10.0.0.-1', 'not-an-address'],
    ['10.0.0.0x1', 'not-an-address'],
    ['10.0.0.1e1', 'not-an-address'],
    ['10.0.0.1:6443', 'not-an-address'],
    ['[::1]', 'not-an-address'],
    ['fe80::1%eth0', 'not-an-address'],
    ['fe80::1%', 'not-an-address'],
    [':', 'not-an-address'],
    [':::', 'not-an-address'],
    ['1::2::3', 'not-an-address'],
    ['1:2:3:4:5:6:7', 'not-an-address'],
    ['1:2:3:4:5:6:7:8:9', 'not-an-address'],
    ['1:2:3:4:5:6:7:8::', 'not-an-address'],
    ['1:2:3:4:5:6::1.2.3.4', 'not-an-address'],
    ['::1.2.3.4:5', 'not-an-address'],
    ['::12345', 'not-an-address'],
    ['::g', 'not-an-address'],
    ['\u0661.0.0.1', 'not-an-address'],
    ['10.0.0.1\0', 'not-an-address'],
    [`${'0'.repeat(300)}10.0.0.1`, 'not-an-address'],
    ['10. 0.0.1', 'not-an-address'],
    ['10.0.0.1 10.0.0.2', 'not-an-address'],
    ['192.168.050.011', 'leading-zeros: 192.168.50.11'],
    ['::ffff:010.0.0.1', 'leading-zeros: ::ffff:10.0.0.1'],
    ['00.0.0.0', 'leading-zeros: 0.0.0.0'],
    [' 10.0.0.1', 'spaces: 10.0.0.1'],
    ['10.0.0.1\r', 'spaces: 10.0.0.1'],
    ['\u00a0::1', 'spaces: ::1'],
    [' 010.0.0.1', 'leading-zeros: 10.0.0.1'],
    ['192.168.50.11/24', 'has-length: 192.168.50.11 in 192.168.50.0/24'],
    ['fd00::5/64', 'has-length: fd00::5 in fd00::/64'],
    ['10.0.0.1/32', 'has-length: 10.0.0.1 in 10.0.0.1/32'],
    ['10.0.0.1/024', 'leading-zeros: 10.0.0.1'],
    ['10.0.0.1 /24', 'spaces: 10.0.0.1'],
    ['10.0.0.1/33', 'not-an-address'],
    ['10.0.0.1/', 'not-an-address'],
  ];
  it.each(refused)('refuses %j: %s', (text, fault) => {
    expect(address(text)).toBe(fault);
  });

  it('takes exactly what Node takes, but for zones', () => {
    fc.assert(
      fc.property(nearlyAddress(), (text) => {
        expect(parseAddress(text).ok).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parsePrefix', () => {
  const accepted: [text: string, canonical: string][] = [
    ['10.42.0.0/24', '10.42.0.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['::/0', '::/0'],
    ['FD7A:115C:A1E0:B1A:0:7:10.42.0.0/112', 'fd7a:115c:a1e0:b1a:0:7:a2a:0/112'],
    ['::ffff:10.0.0.0/104', '::ffff:10.0.0.0/104'],
    ['2001:db8::1/128', '2001:db8::1/128'],
  ];
  it.each(accepted)('takes %s', (text, canonical) => {
    expect(prefix(text)).toBe(canonical);
  });

  const refused: [text: string, fault: string][] = [
    ['', 'not-a-prefix'],
    ['/24', 'not-a-prefix'],
    ['lan/24', 'not-a-prefix'],
    ['10.42.0/24', 'not-a-prefix'],
    ['10.42.0.0/24/24', 'not-a-prefix'],
    ['10.42.0.0/24,10.43.0.0/24', 'not-a-prefix'],
    ['10.42.0.0/24 10.43.0.0/24', 'not-a-prefix'],
    ['fe80::1%eth0/64', 'not-a-prefix'],
    ['::ffff:1.2.3.4%eth0/128', 'not-a-prefix'],
    ['10.42.0.0', 'bare-address: 10.42.0.0/32'],
    ['::1', 'bare-address: ::1/128'],
    [' 010.0.0.1', 'bare-address: 10.0.0.1/32'],
    ['10.42.0.0/', 'length'],
    ['10.42.0.0/33', 'length'],
    ['::/129', 'length'],
    ['10.42.0.0/-1', 'length'],
    ['10.42.0.0/+8', 'length'],
    ['10.42.0.0/2x', 'length'],
    ['10.42.0.0/1e1', 'length'],
    ['10.42.0.0/255.255.255.0', 'length'],
    ['10.42.0.0/033', 'length'],
    [' 10.042.0.0/33', 'length'],
    ['10.042.0.0/24', 'leading-zeros: 10.42.0.0/24'],
    ['10.42.0.0/024', 'leading-zeros: 10.42.0.0/24'],
    ['10.42.0.0/00', 'leading-zeros: 0.0.0.0/0'],
    [' 10.042.0.9/24', 'leading-zeros: 10.42.0.0/24'],
    [' 10.42.0.0/24', 'spaces: 10.42.0.0/24'],
    ['10.42.0.0 / 24\t', 'spaces: 10.42.0.0/24'],
    [' 10.42.0.9/24', 'spaces: 10.42.0.0/24'],
    ['10.42.0.9/24', 'host-bits: 10.42.0.0/24'],
    ['10.42.0.0/0', 'host-bits: 0.0.0.0/0'],
    ['fd00::1/64', 'host-bits: fd00::/64'],
    ['::ffff:1.2.3.4/120', 'host-bits: ::ffff:1.2.3.0/120'],
  ];
  it.each(refused)('refuses %j: %s', (text, fault) => {
    expect(prefix(text)).toBe(fault);
  });

  it('takes or mends what is an address and a length that fits it', () => {
    fc.assert(
      fc.property(nearlyAddress(), fc.nat({ max: 140 }), (text, length) => {
        const parsed = parsePrefix(`${text}/${length}`);
        const fits = parseAddress(text).ok && length <= (isIP(text) === 4 ? 32 : 128);
        expect(parsed.ok || parsed.fault.kind === 'host-bits').toBe(fits);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any text', () => {
  it('never throws', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      nearlyAddress(),
      fc.string({ unit: fc.constantFrom(...'019af:./ %') }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        parseAddress(text);
        parsePrefix(text);
      }),
    );
  });

  it.each(['0', '1.', ':', '::', ' ', '/', '/1', 'f:'])('a million of %j take no time', (unit) => {
    const text = unit.repeat(1_000_000);
    const start = performance.now();
    expect(parseAddress(text).ok || parsePrefix(`${text}/24`).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

/** Addresses, right ones and such as lack a group, have one too many or a wrong sign. */
function nearlyAddress(): fc.Arbitrary<string> {
  const group = fc.constantFrom('0', '1', '00ab', 'ffff', 'FD7A', '12345', 'g', '');
  const octet = fc.constantFrom('0', '1', '10', '255', '256', '01', '');
  const groups = fc.array(group, { maxLength: 9 }).map((parts) => parts.join(':'));
  const octets = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  return fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    octets,
    groups,
    fc.tuple(groups, groups).map((halves) => halves.join('::')),
    fc.tuple(groups, fc.constantFrom(':', '::'), fc.oneof(octets, fc.ipV4())).map((parts) => parts.join('')),
    fc.tuple(fc.ipV6(), fc.constantFrom('%', '%eth0', ':', '/64')).map((parts) => parts.join('')),
  );
}
