import { describe, expect, test } from 'vitest';
import { pathSegment, readBaseUrl } from '../../src/control/base-url.ts';
import { ControlError } from '../../src/control/control-server.ts';

test.each([
  ['https://api.tailscale.com', 'https://api.tailscale.com', 'api.tailscale.com'],
  [' https://hs.example/\n', 'https://hs.example', 'hs.example'],
  ['https://hs.example:8443/behind/it///', 'https://hs.example:8443/behind/it', 'hs.example:8443'],
  ['https://HS.example:443', 'https://hs.example', 'hs.example'],
  ['https://[fd7a::1]:8080', 'https://[fd7a::1]:8080', '[fd7a::1]:8080'],
])('%s', (text, url, host) => {
  expect(readBaseUrl(text, 'Headscale')).toEqual({ url, host, warnings: [] });
});

test('plain http is allowed, with a warning', () => {
  expect(readBaseUrl('http://10.0.0.2:8080', 'Headscale')).toEqual({
    url: 'http://10.0.0.2:8080',
    host: '10.0.0.2:8080',
    warnings: [
      'Headscale is asked over plain http, so whoever is between here and 10.0.0.2:8080 can read the key and change the answers',
    ],
  });
});

test.each([
  ['', 'is not a URL: it begins with https:// and the name of the server'],
  ['hs.example', 'is not a URL: it begins with https:// and the name of the server'],
  ['https://', 'is not a URL: it begins with https:// and the name of the server'],
  ['ftp://hs.example', 'is not an https:// URL'],
  ['file:///etc/passwd', 'is not an https:// URL'],
  ['hs.example:8080', 'is not an https:// URL'],
  ['https://key@hs.example', 'has a user name or a password in it'],
  ['https://user:tskey-api-1@hs.example', 'has a user name or a password in it'],
  ['https://hs.example/?key=tskey-api-1', 'has a query or a fragment'],
  ['https://hs.example/#tskey-api-1', 'has a query or a fragment'],
  ['http://169.254.169.254', 'is link-local, where only a metadata service is'],
  ['http://0xa9fea9fe', 'is link-local, where only a metadata service is'],
])('%j is refused, and not repeated', (text, why) => {
  expect(() => readBaseUrl(text, 'Headscale')).toThrow(new ControlError(`the address of Headscale ${why}`));
});

describe('a part of a path', () => {
  test.each([
    ['-', '-'],
    ['a/b?c#d', 'a%2Fb%3Fc%23d'],
    ['%2e%2e', '%252e%252e'],
    ['...', '...'],
    ['ä\n', '%C3%A4%0A'],
  ])('%j', (text, expected) => {
    expect(pathSegment(text, 'it')).toBe(expected);
    expect(new URL(`http://a.example/x/${pathSegment(text, 'it')}`).pathname).toBe(`/x/${expected}`);
  });

  test.each(['', '.', '..', '\udc00'])('%j is none', (text) => {
    expect(() => pathSegment(text, 'it')).toThrow(/^it is /);
  });
});
